// Renders templates with Helm's own engine, so that what it answers can be recorded: reads `{"name": …, "template": …, "values": …}` a
// line and writes `{"output": …}` or `{"error": …}` a line.
package main

import (
	"bufio"
	"encoding/json"
	"os"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
)

type question struct {
	Template string                 `json:"template"`
	Values   map[string]interface{} `json:"values"`
	Helpers  string                 `json:"helpers"`
}

type answer struct {
	Output string `json:"output,omitempty"`
	Error  string `json:"error,omitempty"`
}

func main() {
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(make([]byte, 1<<20), 1<<26)
	output := bufio.NewWriter(os.Stdout)
	defer output.Flush()
	for input.Scan() {
		var q question
		if err := json.Unmarshal(input.Bytes(), &q); err != nil {
			panic(err)
		}
		encoder := json.NewEncoder(output)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(render(q)); err != nil {
			panic(err)
		}
	}
}

func render(q question) answer {
	c := &chart.Chart{
		Metadata:  &chart.Metadata{Name: "c", Version: "0.1.0", APIVersion: "v2", AppVersion: "1.2.3", Description: "d"},
		Templates: []*chart.File{{Name: "templates/t.yaml", Data: []byte(q.Template)}},
		Files:     []*chart.File{{Name: "files/a.txt", Data: []byte("one\ntwo\n")}, {Name: "files/b.bin", Data: []byte{0, 255, 128, 65}}, {Name: "config/x.conf", Data: []byte("k = v")}},
		Values:    map[string]interface{}{},
	}
	if q.Helpers != "" {
		c.Templates = append(c.Templates, &chart.File{Name: "templates/_helpers.tpl", Data: []byte(q.Helpers)})
	}
	values, err := chartutil.ToRenderValues(c, q.Values, chartutil.ReleaseOptions{Name: "r", Namespace: "ns", Revision: 1, IsInstall: true}, chartutil.DefaultCapabilities)
	if err != nil {
		return answer{Error: err.Error()}
	}
	out, err := engine.Render(c, values)
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Output: out["c/templates/t.yaml"]}
}
