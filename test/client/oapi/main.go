// Asks for the position of an agreement with the client of oapi-codegen: ask ADDRESS AGREEMENT
package main

import (
	"context"
	"fmt"
	"os"

	"example.org/ask/entente"
)

func main() {
	client, err := entente.NewClientWithResponses(os.Args[1])
	if err != nil {
		panic(err)
	}
	answer, err := client.GetPositionWithResponse(context.Background(), os.Args[2], &entente.GetPositionParams{
		Signatory: &[]string{"US-DHS"},
		PartyKind: &[]entente.SignatoryKind{entente.SIGNATORYKINDSTATE},
	})
	if err != nil {
		panic(err)
	}
	if answer.JSON200 == nil {
		panic(answer.Status())
	}
	fmt.Println(answer.JSON200.Position)
}
