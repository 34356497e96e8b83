package main

import (
	"context"
	"net/url"

	"github.com/auth0/go-jwt-middleware/v3/jwks"
	"github.com/auth0/go-jwt-middleware/v3/validator"
)

func middleware(j job, token string) error {
	find := func(context.Context) (any, error) { return []byte(j.Secret), nil }
	if !j.shared() {
		issuer, err := url.Parse(j.Issuer)
		if err != nil {
			return err
		}
		address, err := url.Parse(j.JwksURL)
		if err != nil {
			return err
		}
		provider, err := jwks.NewCachingProvider(jwks.WithIssuerURL(issuer), jwks.WithCustomJWKSURI(address))
		if err != nil {
			return err
		}
		find = provider.KeyFunc
	}
	check, err := validator.New(
		validator.WithKeyFunc(find),
		validator.WithAlgorithm(validator.SignatureAlgorithm(j.Algorithm)),
		validator.WithIssuer(j.Issuer),
		validator.WithAudience(j.Audience),
	)
	if err != nil {
		return err
	}
	_, err = check.ValidateToken(context.Background(), token)
	return err
}
