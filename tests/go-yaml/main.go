// Command go-yaml prints what Kubernetes' own Go reader makes of YAML files.
//
// It is the judge of the differential tests of crates/yaml: each file named as
// an argument (or standard input, if there is none) is cut into documents at the
// lines that begin with "---", as kubectl does it, and each document is read by
// sigs.k8s.io/yaml. One line of JSON comes out per file:
//
//	{"file": "...", "documents": [...]}    every document that is not empty
//	{"file": "...", "error": "..."}        what Go refused, and why
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"sigs.k8s.io/yaml"
)

// answer is the line printed for one file.
type answer struct {
	File      string            `json:"file"`
	Documents []json.RawMessage `json:"documents"`
	Error     string            `json:"error,omitempty"`
}

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "go-yaml:", err)
		os.Exit(1)
	}
}

func run(files []string, stdin io.Reader, stdout io.Writer) error {
	out := bufio.NewWriter(stdout)
	defer out.Flush()
	lines := json.NewEncoder(out)
	if len(files) == 0 {
		source, err := io.ReadAll(stdin)
		if err != nil {
			return err
		}
		return lines.Encode(judge("-", source))
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if err := lines.Encode(judge(file, source)); err != nil {
			return err
		}
	}
	return nil
}

// judge reads every document of one source; the first error ends it.
func judge(file string, source []byte) answer {
	documents := []json.RawMessage{}
	chunks, err := split(source)
	if err != nil {
		return answer{File: file, Error: err.Error()}
	}
	for _, chunk := range chunks {
		document, err := yaml.YAMLToJSON(chunk)
		if err != nil {
			return answer{File: file, Error: err.Error()}
		}
		if string(document) != "null" {
			documents = append(documents, document)
		}
	}
	return answer{File: file, Documents: documents}
}

// split cuts a source at its marker lines and leaves every other byte alone: whether
// the file ends with a line break decides what a block scalar at its end says.
func split(source []byte) ([][]byte, error) {
	chunks := [][]byte{nil}
	for line := range bytes.Lines(source) {
		behind, isMarker := bytes.CutPrefix(line, []byte("---"))
		if !isMarker {
			last := len(chunks) - 1
			chunks[last] = append(chunks[last], line...)
			continue
		}
		if behind = bytes.TrimSpace(behind); len(behind) > 0 && behind[0] != '#' {
			return nil, fmt.Errorf("text behind a document marker: %q", behind)
		}
		chunks = append(chunks, nil)
	}
	return chunks, nil
}
