// Prints facts of pod templates from Kubernetes' own Go types, for services/controller-manager/src/controllers/pod-template-hash:
//
//	go run . shape                    the fields of every type, in order: pod-template-shape.json
//	go run . hash < TEMPLATES.json    a line for each JSON template: its hash without, and with seven collisions
//
// The types are those of the release in go.mod.
package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"os"
	"reflect"
	"strings"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/rand"
	"k8s.io/utils/dump"
)

const collisions = 7

func main() {
	if len(os.Args) == 2 && os.Args[1] == "shape" {
		printShape(reflect.TypeOf(v1.PodTemplateSpec{}))
		return
	}
	decoder := json.NewDecoder(os.Stdin)
	for decoder.More() {
		var template v1.PodTemplateSpec
		must(decoder.Decode(&template))
		fmt.Println(hashes(asRead(template)))
	}
}

// asRead is the template as a controller reads it, through protobuf, which carries no empty lists and maps.
func asRead(template v1.PodTemplateSpec) v1.PodTemplateSpec {
	encoded, err := template.Marshal()
	must(err)
	var read v1.PodTemplateSpec
	must(read.Unmarshal(encoded))
	return read
}

func hashes(template v1.PodTemplateSpec) string {
	hasher := fnv.New32a()
	fmt.Fprintf(hasher, "%v", dump.ForHash(template))
	plain := hasher.Sum32()
	count := make([]byte, 8)
	binary.LittleEndian.PutUint32(count, collisions)
	hasher.Write(count)
	return rand.SafeEncodeString(fmt.Sprint(plain)) + " " + rand.SafeEncodeString(fmt.Sprint(hasher.Sum32()))
}

// Types with a text form of their own, which the TypeScript side knows.
var opaque = map[string]bool{"resource.Quantity": true, "intstr.IntOrString": true, "v1.Time": true, "v1.ResourceList": true}

func printShape(root reflect.Type) {
	var entries []string
	seen := map[reflect.Type]bool{}
	var add func(one reflect.Type)
	add = func(one reflect.Type) {
		if seen[one] {
			return
		}
		seen[one] = true
		var fields []string
		var inner []reflect.Type
		for i := 0; i < one.NumField(); i++ {
			field := one.Field(i)
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			target := core(field.Type)
			text := field.Type.String()
			if target.Kind() == reflect.Struct && !opaque[target.String()] {
				inner = append(inner, target)
			} else if !opaque[target.String()] {
				text += "=" + target.Kind().String() // what is no struct
			}
			fields = append(fields, fmt.Sprintf("    [%q, %q, %q]", field.Name, name, text))
		}
		entries = append(entries, fmt.Sprintf("  %q: [\n%s\n  ]", one.String(), strings.Join(fields, ",\n")))
		for _, each := range inner {
			add(each)
		}
	}
	add(root)
	fmt.Printf("{\n%s\n}\n", strings.Join(entries, ",\n"))
}

// core is what a pointer points to, or a list or map holds.
func core(t reflect.Type) reflect.Type {
	for !opaque[t.String()] && (t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map) {
		t = t.Elem()
	}
	return t
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
