// The conformance driver of the Go client; clients/conformance/README.md tells its protocol.
package main

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"postern"
)

type request struct {
	Op             string   `json:"op"`
	ID             *int64   `json:"id"`
	Address        string   `json:"address"`
	KeysURL        string   `json:"jwks_url"`
	APIKey         string   `json:"api_key"`
	Mode           string   `json:"mode"`
	MaxStalenessMs int      `json:"max_staleness_ms"`
	Issuer         string   `json:"issuer"`
	Audience       string   `json:"audience"`
	Token          string   `json:"token"`
	TokenBase64    string   `json:"token_base64"`
	Tokens         []string `json:"tokens"`
	N              int      `json:"n"`
	Way            string   `json:"way"`
	Concurrency    int      `json:"concurrency"`
	Kind           string   `json:"kind"`
	Rules          []rule   `json:"rules"`
}

type answer map[string]any

type driver struct {
	client  *postern.Client
	opened  request
	writing sync.Mutex
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	d := &driver{}
	for lines.Scan() {
		var asked request
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			d.write(answer{"ok": false, "error": err.Error()})
			continue
		}
		if asked.ID == nil {
			d.write(d.handle(asked))
		} else {
			go func() {
				told := d.handle(asked)
				told["id"] = *asked.ID
				d.write(told)
			}()
		}
		if asked.Op == "close" {
			break
		}
	}
	if d.client != nil {
		d.client.Close()
	}
}

func (d *driver) write(told answer) {
	line, err := json.Marshal(told)
	if err != nil {
		line, _ = json.Marshal(answer{"ok": false, "error": err.Error()})
	}
	d.writing.Lock()
	defer d.writing.Unlock()
	os.Stdout.Write(append(line, '\n'))
}

func (d *driver) handle(asked request) answer {
	told, err := d.perform(asked)
	if err != nil {
		return answer{"ok": false, "error": err.Error()}
	}
	return told
}

func (d *driver) perform(asked request) (answer, error) {
	switch asked.Op {
	case "open":
		return answer{"ok": true}, d.open(asked)
	case "close":
		return answer{"ok": true}, nil
	}
	if d.client == nil {
		return nil, errors.New("nothing is open")
	}
	switch asked.Op {
	case "validate":
		return d.validate(asked)
	case "validate_all":
		return d.validateAll(asked)
	case "state":
		return d.state(), nil
	case "bench":
		return d.bench(asked)
	case "serve":
		return d.serve(asked)
	default:
		return nil, fmt.Errorf("there is no op %q", asked.Op)
	}
}

func (d *driver) open(asked request) error {
	var options []postern.Option
	add := func(isGiven bool, option postern.Option) {
		if isGiven {
			options = append(options, option)
		}
	}
	add(asked.KeysURL != "", postern.WithKeysURL(asked.KeysURL))
	add(asked.APIKey != "", postern.WithAPIKey(asked.APIKey))
	add(asked.Mode != "", postern.WithMode(postern.Mode(asked.Mode)))
	add(asked.Issuer != "", postern.WithIssuer(asked.Issuer))
	add(asked.Audience != "", postern.WithAudience(asked.Audience))
	add(asked.MaxStalenessMs != 0, postern.WithMaxStaleness(time.Duration(asked.MaxStalenessMs)*time.Millisecond))
	client, err := postern.Dial(context.Background(), asked.Address, options...)
	if err == nil {
		d.client, d.opened = client, asked
	}
	return err
}

func (d *driver) validate(asked request) (answer, error) {
	token := asked.Token
	if asked.TokenBase64 != "" {
		bytes, err := base64.StdEncoding.DecodeString(asked.TokenBase64)
		if err != nil {
			return nil, err
		}
		token = string(bytes)
	}
	principal, err := d.client.Validate(context.Background(), token)
	var refusal *postern.Error
	switch {
	case errors.As(err, &refusal):
		return answer{"ok": false, "via": refusal.Source, "reason": refusal.Reason}, nil
	case err != nil:
		return nil, err
	default:
		return answer{"ok": true, "via": principal.Source, "principal": toJSON(principal)}, nil
	}
}

// validateAll asks about all at once: none waits for another line to come.
func (d *driver) validateAll(asked request) (answer, error) {
	answers := make([]answer, len(asked.Tokens))
	failures := make([]error, len(asked.Tokens))
	var all sync.WaitGroup
	for i, token := range asked.Tokens {
		all.Add(1)
		go func() {
			defer all.Done()
			answers[i], failures[i] = d.validate(request{Token: token})
		}()
	}
	all.Wait()
	return answer{"ok": true, "answers": answers}, errors.Join(failures...)
}

func toJSON(principal *postern.Principal) answer {
	return answer{
		"user_id":    principal.UserID,
		"username":   principal.Username,
		"roles":      principal.Roles,
		"session_id": principal.SessionID,
		"expires_at": principal.ExpiresAt.UTC().Format(time.RFC3339),
	}
}

func (d *driver) state() answer {
	stats := d.client.Stats()
	staleness := stats.Staleness.Milliseconds()
	if stats.Staleness < 0 {
		staleness = -1
	}
	return answer{
		"ok":               true,
		"local":            stats.Local,
		"staleness_ms":     staleness,
		"watch_reconnects": stats.WatchReconnects,
		"cached_tokens":    stats.CachedTokens,
		"batch_calls":      stats.BatchCalls,
	}
}
