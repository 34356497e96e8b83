package main

import (
	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
)

func golangJWTParse(j job, token string, options ...jwt.ParserOption) error {
	find := func(*jwt.Token) (any, error) { return []byte(j.Secret), nil }
	if !j.shared() {
		keys, err := keyfunc.NewDefault([]string{j.JwksURL})
		if err != nil {
			return err
		}
		find = keys.Keyfunc
	}
	options = append(options, jwt.WithValidMethods([]string{j.Algorithm}))
	_, err := jwt.Parse(token, find, options...)
	return err
}

func golangJWT(j job, token string) error { return golangJWTParse(j, token) }

func golangJWTConfigured(j job, token string) error {
	return golangJWTParse(j, token, jwt.WithIssuer(j.Issuer), jwt.WithAudience(j.Audience), jwt.WithExpirationRequired())
}
