package main

import (
	"context"
	"encoding/json"

	"github.com/fluxcd/cli-utils/pkg/kstatus/polling/engine"
	"github.com/fluxcd/cli-utils/pkg/kstatus/polling/event"
	"github.com/fluxcd/cli-utils/pkg/kstatus/polling/statusreaders"
	"github.com/fluxcd/pkg/apis/kustomize"
	"github.com/fluxcd/pkg/runtime/cel"
	fluxreaders "github.com/fluxcd/pkg/runtime/statusreaders"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

type statusCase struct {
	Object json.RawMessage               `json:"object"`
	Pods   []json.RawMessage             `json:"pods"`
	Exprs  []kustomize.CustomHealthCheck `json:"exprs"`
}

type statusAnswer struct {
	Status  string `json:"status,omitempty"`
	Message string `json:"message,omitempty"`
	Error   string `json:"error,omitempty"`
	Invalid string `json:"invalid,omitempty"`
}

// status reads one object as the kustomize-controller's poller does: the expressions of the
// Kustomization first, then the reader for Jobs, then kstatus.
func status(line []byte) (any, error) {
	var given statusCase
	if err := json.Unmarshal(line, &given); err != nil {
		return nil, err
	}
	object, err := read(given.Object)
	if err != nil {
		return nil, err
	}
	cluster := cluster{}
	for _, pod := range given.Pods {
		pod, err := read(pod)
		if err != nil {
			return nil, err
		}
		cluster.pods = append(cluster.pods, *pod)
	}
	mapper := mapper()
	readers := []engine.StatusReader{fluxreaders.NewCustomJobStatusReader(mapper)}
	if len(given.Exprs) > 0 {
		custom, err := cel.NewStatusReader(given.Exprs)
		if err != nil {
			return statusAnswer{Invalid: err.Error()}, nil
		}
		readers = append(readers, custom(mapper))
	}
	reader := statusreaders.NewStatusReader(mapper, readers...)
	said, err := reader.ReadStatusForObject(context.Background(), cluster, object)
	if err != nil {
		return nil, err
	}
	return shown(said), nil
}

func shown(said *event.ResourceStatus) statusAnswer {
	answer := statusAnswer{Status: said.Status.String(), Message: said.Message}
	if said.Error != nil {
		answer.Error = said.Error.Error()
	}
	return answer
}

func read(raw json.RawMessage) (*unstructured.Unstructured, error) {
	object := &unstructured.Unstructured{}
	return object, object.UnmarshalJSON(raw)
}

// mapper knows the kinds that the readers ask for by themselves.
func mapper() meta.RESTMapper {
	mapper := meta.NewDefaultRESTMapper([]schema.GroupVersion{{Version: "v1"}, {Group: "apps", Version: "v1"}})
	for _, kind := range []schema.GroupVersionKind{
		{Version: "v1", Kind: "Pod"},
		{Group: "apps", Version: "v1", Kind: "ReplicaSet"},
	} {
		mapper.Add(kind, meta.RESTScopeNamespace)
	}
	return mapper
}

// cluster is a reader of Pods and nothing else.
type cluster struct {
	pods []unstructured.Unstructured
}

func (c cluster) Get(context.Context, client.ObjectKey, *unstructured.Unstructured) error {
	return nil
}

func (c cluster) ListNamespaceScoped(_ context.Context, list *unstructured.UnstructuredList,
	_ string, selector labels.Selector) error {
	if list.GroupVersionKind().Kind != "Pod" {
		return nil
	}
	for _, pod := range c.pods {
		if selector.Matches(labels.Set(pod.GetLabels())) {
			list.Items = append(list.Items, pod)
		}
	}
	return nil
}

func (c cluster) ListClusterScoped(context.Context, *unstructured.UnstructuredList, labels.Selector) error {
	return nil
}

func (c cluster) Sync(context.Context) error { return nil }
