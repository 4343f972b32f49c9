// Command go-flux answers what Flux's own Go code makes of something.
//
// It is the judge of the differential tests of health, expressions and substitution. The first
// argument names the question; each line of standard input is one case in JSON, and one line of
// JSON comes out for each, in order:
//
//	status      {"object", "pods", "exprs"}           -> {"status", "message"} or {"status", "error"}
//	cel         {"expr", "data", "typed"}             -> {"value"}, {"invalid"} or {"error"}
//	envsubst    {"text", "vars", "strict"}            -> {"text"} or {"error"}
//	substitute  {"object", "vars", "strict", "always"} -> {"yaml", "object"} or {"yaml", "error"}
//	yaml        {"value"}                             -> {"yaml"} or {"error"}
//	selector    {"selector", "labels"} or {"pattern", "text"} -> {"selects"} or {"error"}
//
// Where Flux panics, the answer is {"panic"}. The modules and their versions are those of the kustomize-controller in tests/peers.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

// questions are the arguments there are, each with what answers one line.
var questions = map[string]func([]byte) (any, error){
	"status":     status,
	"cel":        expression,
	"envsubst":   template,
	"substitute": substitution,
	"yaml":       asYAML,
	"selector":   selector,
}

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "go-flux:", err)
		os.Exit(1)
	}
}

func run(arguments []string, stdin io.Reader, stdout io.Writer) error {
	if len(arguments) != 1 || questions[arguments[0]] == nil {
		return fmt.Errorf("name one question: status, cel, envsubst, substitute, yaml or selector")
	}
	answer := questions[arguments[0]]
	out := bufio.NewWriter(stdout)
	defer out.Flush()
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	in := bufio.NewReader(stdin)
	for {
		line, err := in.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			said, err := recovered(answer, line)
			if err != nil {
				return fmt.Errorf("%s: %w", line, err)
			}
			if err := lines.Encode(said); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// recovered turns a panic into an answer: Flux itself does not survive it.
func recovered(answer func([]byte) (any, error), line []byte) (said any, err error) {
	defer func() {
		if what := recover(); what != nil {
			said, err = map[string]string{"panic": fmt.Sprint(what)}, nil
		}
	}()
	return answer(line)
}
