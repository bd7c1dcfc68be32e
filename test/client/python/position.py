"""Asks for the position of an agreement with the generated client: position.py ADDRESS AGREEMENT"""

import sys

from openapi_client import ApiClient, Configuration, SearchApi, SignatoryKind

address, agreement = sys.argv[1:]
api = SearchApi(ApiClient(Configuration(host=address)))
kind = SignatoryKind.SIGNATORY_KIND_STATE
print(api.get_position(agreement, signatory=["US-DHS"], party_kind=[kind]).position)
