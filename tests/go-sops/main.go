// Command go-sops encrypts and decrypts with SOPS' own Go module.
//
// It is the judge of crates/sops: what it encrypts, that crate has to decrypt to the
// same bytes. It reads one request in JSON on each line of standard input and answers
// each with one line:
//
//	{"do":"generate","hybrid":true}
//	    {"identity":"AGE-SECRET-KEY-PQ-1...","recipient":"age1pq1..."}
//	{"do":"encrypt","format":"yaml","text":"<base64>","groups":[["age1..."]],...}
//	    {"text":"<base64>"}
//	{"do":"decrypt","format":"yaml","output":"json","text":"<base64>","identities":"..."}
//	    {"text":"<base64>"}
//	what SOPS refuses
//	    {"error":"..."}
//
// A MAC is always checked, unless "ignore_mac" is given.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	filippo "filippo.io/age"
	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/aes"
	"github.com/getsops/sops/v3/age"
	"github.com/getsops/sops/v3/cmd/sops/common"
	"github.com/getsops/sops/v3/cmd/sops/formats"
	"github.com/getsops/sops/v3/config"
	"github.com/getsops/sops/v3/keyservice"
	"github.com/getsops/sops/v3/logging"
	"github.com/sirupsen/logrus"
)

// request is one line of standard input.
type request struct {
	Do         string     `json:"do"`
	Format     string     `json:"format"`
	Output     string     `json:"output"`
	Text       []byte     `json:"text"`
	Groups     [][]string `json:"groups"`
	Threshold  int        `json:"threshold"`
	Identities string     `json:"identities"`
	IgnoreMAC  bool       `json:"ignore_mac"`
	Hybrid     bool       `json:"hybrid"`
	rules
	MACOnlyEncrypted bool `json:"mac_only_encrypted"`
}

// rules say what of a file is encrypted; the names are those of SOPS' metadata.
type rules struct {
	UnencryptedSuffix       string `json:"unencrypted_suffix"`
	EncryptedSuffix         string `json:"encrypted_suffix"`
	UnencryptedRegex        string `json:"unencrypted_regex"`
	EncryptedRegex          string `json:"encrypted_regex"`
	UnencryptedCommentRegex string `json:"unencrypted_comment_regex"`
	EncryptedCommentRegex   string `json:"encrypted_comment_regex"`
}

// answer is one line of standard output.
type answer struct {
	Text      []byte `json:"text,omitempty"`
	Identity  string `json:"identity,omitempty"`
	Recipient string `json:"recipient,omitempty"`
	Error     string `json:"error,omitempty"`
}

func main() {
	logging.SetLevel(logrus.PanicLevel)
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "go-sops:", err)
		os.Exit(1)
	}
}

func run(stdin io.Reader, stdout io.Writer) error {
	lines := json.NewDecoder(bufio.NewReader(stdin))
	out := json.NewEncoder(stdout)
	for {
		var asked request
		if err := lines.Decode(&asked); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := out.Encode(answerTo(asked)); err != nil {
			return err
		}
	}
}

// answerTo never fails: SOPS panics over some inputs, and that is a refusal too.
func answerTo(asked request) (said answer) {
	defer func() {
		if broken := recover(); broken != nil {
			said = answer{Error: fmt.Sprint(broken)}
		}
	}()
	var err error
	switch asked.Do {
	case "generate":
		said, err = generate(asked.Hybrid)
	case "encrypt":
		said.Text, err = encrypt(asked)
	case "decrypt":
		said.Text, err = decrypt(asked)
	default:
		err = fmt.Errorf("nothing to do: %q", asked.Do)
	}
	if err != nil {
		return answer{Error: err.Error()}
	}
	return said
}

func generate(hybrid bool) (answer, error) {
	if hybrid {
		identity, err := filippo.GenerateHybridIdentity()
		if err != nil {
			return answer{}, err
		}
		return answer{Identity: identity.String(), Recipient: identity.Recipient().String()}, nil
	}
	identity, err := filippo.GenerateX25519Identity()
	if err != nil {
		return answer{}, err
	}
	return answer{Identity: identity.String(), Recipient: identity.Recipient().String()}, nil
}

func store(format string) common.Store {
	return common.StoreForFormat(formats.FormatFromString(format), config.NewStoresConfig())
}

func encrypt(asked request) ([]byte, error) {
	branches, err := store(asked.Format).LoadPlainFile(asked.Text)
	if err != nil {
		return nil, err
	}
	tree := sops.Tree{Branches: branches, Metadata: metadata(asked)}
	for _, recipients := range asked.Groups {
		var group sops.KeyGroup
		for _, recipient := range recipients {
			key, err := age.MasterKeyFromRecipient(recipient)
			if err != nil {
				return nil, err
			}
			group = append(group, key)
		}
		tree.Metadata.KeyGroups = append(tree.Metadata.KeyGroups, group)
	}
	key, errs := tree.GenerateDataKey()
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	err = common.EncryptTree(common.EncryptTreeOpts{Tree: &tree, Cipher: aes.NewCipher(), DataKey: key})
	if err != nil {
		return nil, err
	}
	return store(asked.Format).EmitEncryptedFile(tree)
}

// metadata without a rule has SOPS' default, as its command line does it.
func metadata(asked request) sops.Metadata {
	suffix := asked.UnencryptedSuffix
	if asked.rules == (rules{}) {
		suffix = sops.DefaultUnencryptedSuffix
	}
	return sops.Metadata{
		UnencryptedSuffix:       suffix,
		EncryptedSuffix:         asked.EncryptedSuffix,
		UnencryptedRegex:        asked.UnencryptedRegex,
		EncryptedRegex:          asked.EncryptedRegex,
		UnencryptedCommentRegex: asked.UnencryptedCommentRegex,
		EncryptedCommentRegex:   asked.EncryptedCommentRegex,
		MACOnlyEncrypted:        asked.MACOnlyEncrypted,
		ShamirThreshold:         asked.Threshold,
		Version:                 "3.13.3",
	}
}

func decrypt(asked request) ([]byte, error) {
	tree, err := store(asked.Format).LoadEncryptedFile(asked.Text)
	if err != nil {
		return nil, err
	}
	services := []keyservice.KeyServiceClient{holder(asked.Identities)}
	key, err := tree.Metadata.GetDataKeyWithKeyServices(services, nil)
	if err != nil {
		return nil, err
	}
	cipher := aes.NewCipher()
	mac, err := tree.Decrypt(key, cipher)
	if err != nil {
		return nil, err
	}
	if !asked.IgnoreMAC {
		modified := tree.Metadata.LastModified.Format(time.RFC3339)
		said, err := cipher.Decrypt(tree.Metadata.MessageAuthenticationCode, key, modified)
		if err != nil {
			return nil, err
		}
		if said != mac {
			return nil, sops.MacMismatch
		}
	}
	output := asked.Output
	if output == "" {
		output = asked.Format
	}
	return store(output).EmitPlainFile(tree.Branches)
}
