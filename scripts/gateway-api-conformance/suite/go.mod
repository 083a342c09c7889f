module conformance

go 1.26.0

// The suite asks for the API by a path of its own repository.
replace sigs.k8s.io/gateway-api => sigs.k8s.io/gateway-api v1.6.3

require (
	sigs.k8s.io/gateway-api v1.6.3
	sigs.k8s.io/gateway-api/conformance v1.6.3
)
