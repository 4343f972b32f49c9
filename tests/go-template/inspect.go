package main

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
)

// chain is a certificate to look at, and the one that signed it.
type chain struct {
	Leaf   string `json:"leaf"`
	Issuer string `json:"issuer"`
}

// inspect tells what is in a certificate, field by field, if its issuer signed it.
func inspect(asked chain) answer {
	told, err := tell(asked)
	if err != nil {
		return answer{Error: err.Error()}
	}
	text, err := json.Marshal(told)
	if err != nil {
		return answer{Error: err.Error()}
	}
	return said(text)
}

func tell(asked chain) (map[string]any, error) {
	leaf, err := parse(asked.Leaf)
	if err != nil {
		return nil, err
	}
	issuer, err := parse(asked.Issuer)
	if err != nil {
		return nil, err
	}
	// As CheckSignatureFrom, which asks an issuer to be an authority: a certificate that
	// signed itself need not be one.
	if err := issuer.CheckSignature(leaf.SignatureAlgorithm, leaf.RawTBSCertificate, leaf.Signature); err != nil {
		return nil, err
	}
	extensions := []string{}
	for _, extension := range leaf.Extensions {
		value := fmt.Sprintf("%x", extension.Value)
		if extension.Id.String() == "2.5.29.14" || extension.Id.String() == "2.5.29.35" {
			value = fmt.Sprintf("%d bytes", len(extension.Value))
		}
		extensions = append(extensions, fmt.Sprintf("%s %t %s", extension.Id, extension.Critical, value))
	}
	return map[string]any{
		"version":    leaf.Version,
		"subject":    fmt.Sprintf("%x", leaf.RawSubject),
		"issuer":     fmt.Sprintf("%x", leaf.RawIssuer),
		"serialBits": (leaf.SerialNumber.BitLen() + 31) / 32 * 32,
		"days":       leaf.NotAfter.Sub(leaf.NotBefore).Hours() / 24,
		"algorithm":  leaf.SignatureAlgorithm.String(),
		"key":        leaf.PublicKeyAlgorithm.String(),
		"extensions": extensions,
		"chained":    string(leaf.AuthorityKeyId) == string(issuer.SubjectKeyId),
	}, nil
}

func parse(text string) (*x509.Certificate, error) {
	block, rest := pem.Decode([]byte(text))
	if block == nil || len(rest) > 0 {
		return nil, errors.New("not one PEM block")
	}
	return x509.ParseCertificate(block.Bytes)
}
