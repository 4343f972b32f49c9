package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"
)

// vector is a case with its answer, a line of a file under answers/.
type vector struct {
	Text string `json:"text"`
	answer
}

// writeVectors answers every file of cases/ in a file of the same name in answers/. A line
// is a template, over the values of context.json; of several lines it stands between lines
// "<<<" and ">>>". What begins with "# " says something about the cases below it.
func writeVectors(functions template.FuncMap, directory string) error {
	var context question
	values, err := os.ReadFile(filepath.Join(directory, "context.json"))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(values, &context); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(directory, "cases", "*.txt"))
	if err != nil {
		return err
	}
	for _, file := range files {
		cases, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		name := strings.TrimSuffix(filepath.Base(file), ".txt") + ".jsonl"
		answers, err := answered(functions, context, string(cases))
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if err := os.WriteFile(filepath.Join(directory, "answers", name), answers, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func answered(functions template.FuncMap, context question, cases string) ([]byte, error) {
	var answers bytes.Buffer
	encoder := json.NewEncoder(&answers)
	encoder.SetEscapeHTML(false)
	for _, text := range split(cases) {
		context.Text = text
		if err := encoder.Encode(vector{text, judge(functions, context)}); err != nil {
			return nil, err
		}
	}
	return answers.Bytes(), nil
}

// split cuts a file into templates.
func split(cases string) []string {
	var texts []string
	var block []string
	inside := false
	for line := range strings.SplitSeq(strings.TrimSuffix(cases, "\n"), "\n") {
		switch {
		case inside && line == ">>>":
			texts, block, inside = append(texts, strings.Join(block, "\n")), nil, false
		case inside:
			block = append(block, line)
		case line == "<<<":
			inside = true
		case line != "" && !strings.HasPrefix(line, "# "):
			texts = append(texts, line)
		}
	}
	return texts
}
