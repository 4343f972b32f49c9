package main

import (
	"context"
	"encoding/json"

	"github.com/fluxcd/pkg/envsubst"
	"github.com/fluxcd/pkg/kustomize"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kustomize/api/provider"
	"sigs.k8s.io/yaml"
)

type templateCase struct {
	Text   string            `json:"text"`
	Vars   map[string]string `json:"vars"`
	Strict bool              `json:"strict"`
}

type templateAnswer struct {
	Text  string `json:"text"`
	Error string `json:"error,omitempty"`
}

// template substitutes in plain text.
func template(line []byte) (any, error) {
	var given templateCase
	if err := json.Unmarshal(line, &given); err != nil {
		return nil, err
	}
	text, err := envsubst.Eval(given.Text, func(name string) (string, bool) {
		value, exists := given.Vars[name]
		return value, exists || !given.Strict
	})
	if err != nil {
		return templateAnswer{Error: err.Error()}, nil
	}
	return templateAnswer{Text: text}, nil
}

type substitutionCase struct {
	Object map[string]any    `json:"-"`
	Raw    json.RawMessage   `json:"object"`
	Vars   map[string]string `json:"vars"`
	Strict bool              `json:"strict"`
	Always bool              `json:"always"`
}

type substitutionAnswer struct {
	// YAML is the text in which is substituted.
	YAML string `json:"yaml"`
	// Object is what comes of it; null where the object is skipped.
	Object json.RawMessage `json:"object,omitempty"`
	Error  string          `json:"error,omitempty"`
}

// substitution runs spec.postBuild.substitute over one built object.
func substitution(line []byte) (any, error) {
	var given substitutionCase
	if err := json.Unmarshal(line, &given); err != nil {
		return nil, err
	}
	factory := provider.NewDefaultDepProvider().GetResourceFactory()
	// JSON is YAML; this is how a built object comes about, numbers and all.
	built, err := factory.SliceFromBytes(given.Raw)
	if err != nil {
		return nil, err
	}
	text, err := built[0].AsYAML()
	if err != nil {
		return nil, err
	}
	vars := map[string]any{}
	for name, value := range given.Vars {
		vars[name] = value
	}
	kustomization := unstructured.Unstructured{Object: map[string]any{
		"spec": map[string]any{"postBuild": map[string]any{"substitute": vars}},
	}}
	answer := substitutionAnswer{YAML: string(text)}
	done, err := kustomize.SubstituteVariables(context.Background(), nil, kustomization, built[0],
		kustomize.SubstituteWithDryRun(true), kustomize.SubstituteWithStrict(given.Strict),
		kustomize.SubstituteWithAlways(given.Always))
	if err != nil {
		answer.Error = err.Error()
		return answer, nil
	}
	if done == nil {
		return answer, nil
	}
	text, err = done.AsYAML()
	if err != nil {
		return nil, err
	}
	answer.Object, err = yaml.YAMLToJSON(text)
	return answer, err
}
