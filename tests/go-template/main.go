// Command go-template prints what Go's own template engine makes of a template.
//
// It is the judge of the differential tests of crates/template: text/template with the
// functions of sprig that the sealed-secrets controller leaves in place, set up as that
// controller sets it up. Each line of standard input is a case, each line of standard
// output its answer:
//
//	{"text": "...", "data": {"key": "value"}, "bytes": {"key": "base64"}}
//	{"out": "..."}     what was rendered; "bytes" in base64 if it is not UTF-8
//	{"error": "..."}   why nothing was
//
// A case with "certificate" is no template: see inspect.go. With --functions it names the
// functions, with --vectors it writes the committed answers: see vectors.go.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"text/template"
	"unicode/utf8"

	"github.com/Masterminds/sprig/v3"
)

// question is one line of the input.
type question struct {
	Text        string            `json:"text"`
	Data        map[string]string `json:"data"`
	Bytes       map[string][]byte `json:"bytes"`
	Certificate *chain            `json:"certificate"`
}

// answer is one line of the output.
type answer struct {
	Out   *string `json:"out,omitempty"`
	Bytes []byte  `json:"bytes,omitempty"`
	Error string  `json:"error,omitempty"`
}

func main() {
	functions := sprig.GenericFuncMap()
	for _, name := range []string{"env", "expandenv", "getHostByName"} {
		delete(functions, name)
	}
	// The zone of the container that the controller runs in; read when a time is first made.
	if err := os.Setenv("TZ", ""); err != nil {
		panic(err)
	}
	if err := start(functions, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "go-template:", err)
		os.Exit(1)
	}
}

func start(functions template.FuncMap, arguments []string) error {
	switch {
	case len(arguments) == 0:
		return run(functions, os.Stdin, os.Stdout)
	case len(arguments) == 1 && arguments[0] == "--functions":
		for name := range functions {
			fmt.Println(name)
		}
		return nil
	case len(arguments) == 2 && arguments[0] == "--vectors":
		return writeVectors(functions, arguments[1])
	}
	return errors.New("usage: go-template [--functions | --vectors DIRECTORY]")
}

func run(functions template.FuncMap, in io.Reader, out io.Writer) error {
	lines, answers := json.NewDecoder(in), bufio.NewWriter(out)
	defer answers.Flush()
	encoder := json.NewEncoder(answers)
	encoder.SetEscapeHTML(false)
	for {
		var asked question
		if err := lines.Decode(&asked); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if err := encoder.Encode(judge(functions, asked)); err != nil {
			return err
		}
	}
}

func judge(functions template.FuncMap, asked question) answer {
	if asked.Certificate != nil {
		return inspect(*asked.Certificate)
	}
	data := map[string]string{}
	for key, value := range asked.Data {
		data[key] = value
	}
	for key, value := range asked.Bytes {
		data[key] = string(value)
	}
	var rendered bytes.Buffer
	parsed, err := template.New("t").Funcs(functions).Parse(asked.Text)
	if err == nil {
		err = parsed.Execute(&rendered, data)
	}
	if err != nil {
		return answer{Error: err.Error()}
	}
	return said(rendered.Bytes())
}

func said(rendered []byte) answer {
	if !utf8.Valid(rendered) {
		return answer{Bytes: rendered}
	}
	text := string(rendered)
	return answer{Out: &text}
}
