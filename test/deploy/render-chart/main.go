// Renders the templates of a chart with Go's own template engine, which is Helm's, and the functions of Helm that the chart
// uses. What it is not: Helm. Hooks, releases and the functions below it leaves out are not here, and a template that calls
// another function does not parse.
//
//	go run main.go CHART < '{ "values": …, "chart": …, "release": … }' > '{ "templates/x.yaml": "…" }'
package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"strings"
	"text/template"
)

type files struct{ folder string }

// Get is .Files.Get: empty where there is no such file.
func (f files) Get(name string) string {
	text, err := os.ReadFile(filepath.Join(f.folder, name))
	if err != nil {
		return ""
	}
	return string(text)
}

func main() {
	chart := os.Args[1]
	var input struct {
		Values  map[string]interface{} `json:"values"`
		Chart   map[string]interface{} `json:"chart"`
		Release map[string]interface{} `json:"release"`
	}
	decoder := json.NewDecoder(os.Stdin)
	// Helm's numbers come from YAML: whole ones stay whole.
	decoder.UseNumber()
	check(decoder.Decode(&input))
	data := map[string]interface{}{
		"Values":  numbers(input.Values),
		"Chart":   input.Chart,
		"Release": input.Release,
		"Files":   files{chart},
	}
	// Helm's own choice: what is missing is empty, and prints as nothing.
	all := template.New("chart").Option("missingkey=zero")
	all.Funcs(functions(all))
	names, err := filepath.Glob(filepath.Join(chart, "templates", "*"))
	check(err)
	for _, name := range names {
		text, err := os.ReadFile(name)
		check(err)
		_, err = all.New(filepath.Base(name)).Parse(string(text))
		check(err)
	}
	rendered := map[string]string{}
	for _, name := range names {
		base := filepath.Base(name)
		if strings.HasPrefix(base, "_") {
			continue
		}
		var out strings.Builder
		check(all.ExecuteTemplate(&out, base, data))
		rendered["templates/"+base] = strings.ReplaceAll(out.String(), "<no value>", "")
	}
	check(json.NewEncoder(os.Stdout).Encode(rendered))
}

func functions(all *template.Template) template.FuncMap {
	return template.FuncMap{
		"include": func(name string, data interface{}) (string, error) {
			var out strings.Builder
			err := all.ExecuteTemplate(&out, name, data)
			return out.String(), err
		},
		"required": func(words string, value interface{}) (interface{}, error) {
			if value == nil || value == "" {
				return nil, fmt.Errorf("%s", words)
			}
			return value, nil
		},
		"default": func(other, value interface{}) interface{} {
			if value == nil || reflect.ValueOf(value).IsZero() {
				return other
			}
			return value
		},
		"list":       func(items ...interface{}) []interface{} { return items },
		"has":        func(item interface{}, list []interface{}) bool { return contains(list, item) },
		"contains":   func(part, text string) bool { return strings.Contains(text, part) },
		"join":       join,
		"quote":      func(value interface{}) string { return fmt.Sprintf("%q", fmt.Sprint(value)) },
		"replace":    func(from, to, text string) string { return strings.ReplaceAll(text, from, to) },
		"trunc":      func(length int, text string) string { return text[:min(length, len(text))] },
		"trimSuffix": func(end, text string) string { return strings.TrimSuffix(text, end) },
		"sha256sum":  func(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) },
		"indent":     indent,
		"nindent":    func(spaces int, text string) string { return "\n" + indent(spaces, text) },
		"toYaml":     func(value interface{}) string { return strings.TrimSuffix(toYaml(value), "\n") },
		"toJson": func(value interface{}) (string, error) {
			text, err := json.Marshal(value)
			return string(text), err
		},
	}
}

func indent(spaces int, text string) string {
	pad := strings.Repeat(" ", spaces)
	return pad + strings.ReplaceAll(text, "\n", "\n"+pad)
}

func join(between string, items []interface{}) string {
	texts := []string{}
	for _, item := range items {
		texts = append(texts, fmt.Sprint(item))
	}
	return strings.Join(texts, between)
}

func contains(list []interface{}, wanted interface{}) bool {
	for _, item := range list {
		if reflect.DeepEqual(item, wanted) {
			return true
		}
	}
	return false
}

// toYaml writes blocks, as Helm's does, so that they fit under a key; scalars as in JSON.
func toYaml(value interface{}) string {
	switch whole := value.(type) {
	case map[string]interface{}:
		if len(whole) == 0 {
			return "{}\n"
		}
		keys := []string{}
		for key := range whole {
			keys = append(keys, key)
		}
		sort.Strings(keys)
		var out strings.Builder
		for _, key := range keys {
			out.WriteString(scalar(key) + ":" + under(whole[key], " "))
		}
		return out.String()
	case []interface{}:
		if len(whole) == 0 {
			return "[]\n"
		}
		var out strings.Builder
		for _, item := range whole {
			text := toYaml(item)
			out.WriteString("- " + strings.TrimSuffix(strings.ReplaceAll(text, "\n", "\n  "), "  "))
		}
		return out.String()
	}
	return scalar(value) + "\n"
}

func under(value interface{}, between string) string {
	text := toYaml(value)
	if isEmpty(value) || (reflect.ValueOf(value).Kind() != reflect.Map && reflect.ValueOf(value).Kind() != reflect.Slice) {
		return between + text
	}
	return "\n" + strings.TrimSuffix(indent(2, text), "  ")
}

func isEmpty(value interface{}) bool {
	if value == nil {
		return true
	}
	kind := reflect.ValueOf(value).Kind()
	return (kind == reflect.Map || kind == reflect.Slice) && reflect.ValueOf(value).Len() == 0
}

func scalar(value interface{}) string {
	text, err := json.Marshal(value)
	check(err)
	return string(text)
}

// numbers turns those of JSON into Go's, so that they print as they were written.
func numbers(value interface{}) interface{} {
	switch whole := value.(type) {
	case map[string]interface{}:
		for key, item := range whole {
			whole[key] = numbers(item)
		}
	case []interface{}:
		for place, item := range whole {
			whole[place] = numbers(item)
		}
	case json.Number:
		if number, err := whole.Int64(); err == nil {
			return number
		}
		number, err := whole.Float64()
		check(err)
		return number
	}
	return value
}

func min(a, b int) int {
	if a < b {
		return a
	}
	return b
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
