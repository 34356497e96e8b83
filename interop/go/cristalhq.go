package main

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"errors"
	"time"

	"github.com/cristalhq/jwt/v5"
)

func cristalhqVerifier(j job) (jwt.Verifier, error) {
	if j.shared() {
		return jwt.NewVerifierHS(jwt.HS256, []byte(j.Secret))
	}
	key, err := j.publicKey()
	if err != nil {
		return nil, err
	}
	switch key := key.(type) {
	case *ecdsa.PublicKey:
		return jwt.NewVerifierES(jwt.ES256, key)
	case *rsa.PublicKey:
		return jwt.NewVerifierRS(jwt.RS256, key)
	}
	return nil, errors.New("no such key")
}

func cristalhq(j job, token string) error {
	_, err := cristalhqClaims(j, token)
	return err
}

func cristalhqClaims(j job, token string) (jwt.RegisteredClaims, error) {
	var claims jwt.RegisteredClaims
	verifier, err := cristalhqVerifier(j)
	if err != nil {
		return claims, err
	}
	err = jwt.ParseClaims([]byte(token), verifier, &claims)
	return claims, err
}

func cristalhqConfigured(j job, token string) error {
	claims, err := cristalhqClaims(j, token)
	switch {
	case err != nil:
		return err
	case !claims.IsValidAt(time.Now()):
		return errors.New("not valid at this time")
	case !claims.IsIssuer(j.Issuer):
		return errors.New("another issuer")
	case !claims.IsForAudience(j.Audience):
		return errors.New("another audience")
	}
	return nil
}
