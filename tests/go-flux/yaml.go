package main

import (
	"encoding/json"

	k8sjson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"
)

type yamlCase struct {
	Value json.RawMessage `json:"value"`
}

// asYAML writes a value as everything built on sigs.k8s.io/yaml does.
func asYAML(line []byte) (any, error) {
	var given yamlCase
	if err := json.Unmarshal(line, &given); err != nil {
		return nil, err
	}
	// As an object that was built: read, written as JSON, and then as YAML.
	var value any
	if err := k8sjson.Unmarshal(given.Value, &value); err != nil {
		return nil, err
	}
	text, err := yaml.Marshal(value)
	if err != nil {
		return map[string]string{"error": err.Error()}, nil
	}
	return map[string]string{"yaml": string(text)}, nil
}
