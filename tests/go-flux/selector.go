package main

import (
	"encoding/json"
	"regexp"

	"k8s.io/apimachinery/pkg/labels"
)

type selectorCase struct {
	Selector string            `json:"selector"`
	Labels   map[string]string `json:"labels"`
	Pattern  string            `json:"pattern"`
	Text     string            `json:"text"`
}

// selector asks whether labels are selected, or, given a pattern, whether it matches a whole text.
func selector(line []byte) (any, error) {
	var given selectorCase
	if err := json.Unmarshal(line, &given); err != nil {
		return nil, err
	}
	if given.Pattern != "" {
		pattern, err := regexp.Compile("^(?:" + given.Pattern + ")$")
		if err != nil {
			return map[string]string{"error": err.Error()}, nil
		}
		return map[string]bool{"selects": pattern.MatchString(given.Text)}, nil
	}
	selector, err := labels.Parse(given.Selector)
	if err != nil {
		return map[string]string{"error": err.Error()}, nil
	}
	return map[string]bool{"selects": selector.Matches(labels.Set(given.Labels))}, nil
}
