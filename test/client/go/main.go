// Asks for the position of an agreement with the generated client: ask ADDRESS AGREEMENT
package main

import (
	"context"
	"fmt"
	"os"

	openapi "github.com/GIT_USER_ID/GIT_REPO_ID"
)

func main() {
	configuration := openapi.NewConfiguration()
	configuration.Servers = openapi.ServerConfigurations{{URL: os.Args[1]}}
	position, _, err := openapi.NewAPIClient(configuration).SearchAPI.
		GetPosition(context.Background(), os.Args[2]).
		Signatory([]string{"US-DHS"}).
		PartyKind([]openapi.SignatoryKind{openapi.SIGNATORY_KIND_STATE}).
		Execute()
	if err != nil {
		panic(err)
	}
	fmt.Println(position.GetPosition())
}
