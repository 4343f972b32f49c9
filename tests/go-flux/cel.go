package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"sort"
	"strconv"
	"time"

	"github.com/fluxcd/pkg/runtime/cel"
	celtypes "github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	k8sjson "k8s.io/apimachinery/pkg/util/json"
)

type expressionCase struct {
	Expr  string          `json:"expr"`
	Data  json.RawMessage `json:"data"`
	Typed bool            `json:"typed"`
}

type expressionAnswer struct {
	Value   any    `json:"value,omitempty"`
	Invalid string `json:"invalid,omitempty"`
	Error   string `json:"error,omitempty"`
}

// expression evaluates one expression in Flux's environment: typed as spec.dependsOn[].readyExpr,
// with the variables self and dep, else as spec.healthCheckExprs[].
func expression(line []byte) (any, error) {
	var given expressionCase
	if err := json.Unmarshal(line, &given); err != nil {
		return nil, err
	}
	var options []cel.Option
	if given.Typed {
		options = []cel.Option{cel.WithCompile(), cel.WithOutputType(celtypes.BoolType),
			cel.WithStructVariables("self", "dep")}
	}
	compiled, err := cel.NewExpression(given.Expr, options...)
	if err != nil {
		return expressionAnswer{Invalid: err.Error()}, nil
	}
	data := map[string]any{}
	if len(given.Data) > 0 {
		// As unstructured objects are read: whole numbers are int64.
		if err := k8sjson.Unmarshal(given.Data, &data); err != nil {
			return nil, err
		}
	}
	if !given.Typed {
		// In a list, because a value that may be missing is taken out of its wrapping else.
		if compiled, err = cel.NewExpression("[\n" + given.Expr + "\n]"); err != nil {
			return expressionAnswer{Invalid: err.Error()}, nil
		}
	}
	value, err := compiled.Evaluate(context.Background(), data)
	if err != nil {
		return expressionAnswer{Error: err.Error()}, nil
	}
	result := types.DefaultTypeAdapter.NativeToValue(value)
	if !given.Typed {
		result = result.(traits.Lister).Get(types.IntZero)
	}
	return expressionAnswer{Value: typed(result)}, nil
}

// typed writes a value with its type, so that 1, 1u and 1.0 differ.
func typed(value ref.Val) any {
	switch v := value.(type) {
	case types.Bool:
		return bool(v)
	case types.String:
		return string(v)
	case types.Null:
		return map[string]any{"null": true}
	case types.Int:
		return map[string]any{"int": strconv.FormatInt(int64(v), 10)}
	case types.Uint:
		return map[string]any{"uint": strconv.FormatUint(uint64(v), 10)}
	case types.Double:
		if math.IsNaN(float64(v)) {
			return map[string]any{"double": "NaN"}
		}
		return map[string]any{"double": strconv.FormatFloat(float64(v), 'g', -1, 64)}
	case types.Bytes:
		return map[string]any{"bytes": base64.StdEncoding.EncodeToString(v)}
	case types.Timestamp:
		return map[string]any{"timestamp": v.Time.Format(time.RFC3339Nano)}
	case types.Duration:
		return map[string]any{"duration": strconv.FormatInt(int64(v.Duration), 10)}
	case *types.Optional:
		if !v.HasValue() {
			return map[string]any{"optional": nil}
		}
		return map[string]any{"optional": typed(v.GetValue())}
	case traits.Mapper:
		return map[string]any{"map": entries(v)}
	case traits.Lister:
		return elements(v)
	}
	return map[string]any{"other": fmt.Sprintf("%v", value.Type())}
}

func elements(list traits.Lister) []any {
	all := []any{}
	for it := list.Iterator(); it.HasNext() == types.True; {
		all = append(all, typed(it.Next()))
	}
	return all
}

func entries(m traits.Mapper) []any {
	all := []any{}
	for it := m.Iterator(); it.HasNext() == types.True; {
		key := it.Next()
		all = append(all, []any{typed(key), typed(m.Get(key))})
	}
	sort.Slice(all, func(i, j int) bool { return fmt.Sprint(all[i]) < fmt.Sprint(all[j]) })
	return all
}
