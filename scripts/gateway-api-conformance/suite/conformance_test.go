// The Gateway API's own conformance suite, told two things about hikyaku's API server: it takes JSON, and its kinds are built in, so that there are
// no CustomResourceDefinitions from which the suite could read the version.
package conformance

import (
	"context"
	"testing"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/gateway-api/conformance"
	"sigs.k8s.io/gateway-api/pkg/consts"
)

type withDefinitions struct{ client.Client }

func (c withDefinitions) List(ctx context.Context, list client.ObjectList, opts ...client.ListOption) error {
	definitions, ok := list.(*apiextensions.CustomResourceDefinitionList)
	if !ok {
		return c.Client.List(ctx, list, opts...)
	}
	annotations := map[string]string{consts.BundleVersionAnnotation: consts.BundleVersion, consts.ChannelAnnotation: "standard"}
	metadata := meta.ObjectMeta{Name: "gateways.gateway.networking.k8s.io", Annotations: annotations}
	definitions.Items = []apiextensions.CustomResourceDefinition{{ObjectMeta: metadata}}
	return nil
}

func TestConformance(t *testing.T) {
	options := conformance.DefaultOptions(t)
	options.RestConfig.ContentType = "application/json"
	options.RestConfig.AcceptContentTypes = "application/json"
	direct, err := client.New(options.RestConfig, client.Options{Scheme: options.Client.Scheme()})
	if err != nil {
		t.Fatal(err)
	}
	if options.Clientset, err = kubernetes.NewForConfig(options.RestConfig); err != nil {
		t.Fatal(err)
	}
	options.Client = withDefinitions{direct}
	conformance.RunConformanceWithOptions(t, options)
}
