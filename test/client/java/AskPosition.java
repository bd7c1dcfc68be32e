import java.util.List;
import org.openapitools.client.ApiClient;
import org.openapitools.client.api.SearchApi;
import org.openapitools.client.model.SignatoryKind;

/** Asks for the position of an agreement with the generated client: AskPosition ADDRESS AGREEMENT */
public class AskPosition {
  public static void main(String[] args) throws Exception {
    SearchApi api = new SearchApi(new ApiClient().setBasePath(args[0]));
    System.out.println(
        api.getPosition(args[1])
            .signatory(List.of("US-DHS"))
            .partyKind(List.of(SignatoryKind.SIGNATORY_KIND_STATE))
            .execute()
            .getPosition());
  }
}
