package main

import (
	"context"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/hashicorp/cap/jwt"
)

func goOIDCVerify(j job, token string, config *oidc.Config) error {
	background := context.Background()
	config.ClientID = j.Audience
	_, err := oidc.NewVerifier(j.Issuer, oidc.NewRemoteKeySet(background, j.JwksURL), config).Verify(background, token)
	return err
}

func goOIDC(j job, token string) error { return goOIDCVerify(j, token, &oidc.Config{}) }

func goOIDCConfigured(j job, token string) error {
	return goOIDCVerify(j, token, &oidc.Config{SupportedSigningAlgs: []string{j.Algorithm}})
}

func goOIDCDiscovery(j job, token string) error {
	background := context.Background()
	provider, err := oidc.NewProvider(background, j.Base)
	if err != nil {
		return err
	}
	_, err = provider.Verifier(&oidc.Config{ClientID: j.Audience}).Verify(background, token)
	return err
}

func hashicorpCapValidate(j job, token string, algorithms []jwt.Alg) error {
	background := context.Background()
	keys, err := jwt.NewJSONWebKeySet(background, j.JwksURL, "")
	if err != nil {
		return err
	}
	validator, err := jwt.NewValidator(keys)
	if err != nil {
		return err
	}
	expected := jwt.Expected{Issuer: j.Issuer, Audiences: []string{j.Audience}, SigningAlgorithms: algorithms}
	_, err = validator.Validate(background, token, expected)
	return err
}

func hashicorpCap(j job, token string) error { return hashicorpCapValidate(j, token, nil) }

func hashicorpCapConfigured(j job, token string) error {
	return hashicorpCapValidate(j, token, []jwt.Alg{jwt.Alg(j.Algorithm)})
}
