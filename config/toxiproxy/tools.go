//go:build tools

// Package tools names the program that the fault run builds, so that go.mod and go.sum pin all it is made of.
package tools

import _ "github.com/Shopify/toxiproxy/v2/cmd/server"
