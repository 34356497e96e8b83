package main

import (
	"context"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jwt"
)

func jwxParse(j job, token string, options ...jwt.ParseOption) error {
	if j.shared() {
		options = append(options, jwt.WithKey(jwa.HS256(), []byte(j.Secret)))
	} else {
		keys, err := jwk.Fetch(context.Background(), j.JwksURL)
		if err != nil {
			return err
		}
		options = append(options, jwt.WithKeySet(keys))
	}
	_, err := jwt.Parse([]byte(token), options...)
	return err
}

func jwx(j job, token string) error { return jwxParse(j, token) }

func jwxConfigured(j job, token string) error {
	return jwxParse(j, token, jwt.WithIssuer(j.Issuer), jwt.WithAudience(j.Audience))
}
