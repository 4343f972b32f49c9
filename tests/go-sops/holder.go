package main

import (
	"context"

	"github.com/getsops/sops/v3/age"
	"github.com/getsops/sops/v3/keyservice"
	"google.golang.org/grpc"
)

// holder opens data keys with the identities of one file and nothing else: no
// environment, no home directory, as Flux's controller does it.
type holder string

func (h holder) Decrypt(
	_ context.Context, asked *keyservice.DecryptRequest, _ ...grpc.CallOption,
) (*keyservice.DecryptResponse, error) {
	var identities age.ParsedIdentities
	if err := identities.Import(string(h)); err != nil {
		return nil, err
	}
	key := age.MasterKey{
		Recipient:    asked.GetKey().GetAgeKey().GetRecipient(),
		EncryptedKey: string(asked.GetCiphertext()),
	}
	identities.ApplyToMasterKey(&key)
	plaintext, err := key.Decrypt()
	if err != nil {
		return nil, err
	}
	return &keyservice.DecryptResponse{Plaintext: plaintext}, nil
}

// Encrypt is not asked for: files are encrypted without a service.
func (h holder) Encrypt(
	context.Context, *keyservice.EncryptRequest, ...grpc.CallOption,
) (*keyservice.EncryptResponse, error) {
	panic("only for decryption")
}
