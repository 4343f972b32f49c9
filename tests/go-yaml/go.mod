module signet.dev/tests/go-yaml

go 1.26.0

require sigs.k8s.io/yaml v1.6.0

// The version that Kubernetes 1.37 is built with.
require go.yaml.in/yaml/v2 v2.4.4 // indirect
