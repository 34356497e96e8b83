package main

import (
	"encoding/json"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

func goJoseClaims(j job, token string) (jwt.Claims, error) {
	var claims jwt.Claims
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(j.Algorithm)})
	if err != nil {
		return claims, err
	}
	if j.shared() {
		err = parsed.Claims([]byte(j.Secret), &claims)
		return claims, err
	}
	var keys jose.JSONWebKeySet
	if err := json.Unmarshal(j.Jwks, &keys); err != nil {
		return claims, err
	}
	err = parsed.Claims(keys, &claims)
	return claims, err
}

func goJose(j job, token string) error {
	_, err := goJoseClaims(j, token)
	return err
}

func goJoseConfigured(j job, token string) error {
	claims, err := goJoseClaims(j, token)
	if err != nil {
		return err
	}
	return claims.Validate(jwt.Expected{Issuer: j.Issuer, AnyAudience: jwt.Audience{j.Audience}, Time: time.Now()})
}
