// Package interop drives the emulator with go-oidc and x/oauth2, over http or, with a CA, https.
package interop

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

const callback = "http://127.0.0.1/callback"

var issuer = os.Getenv("JWKS_INTEROP_URL")

// client trusts the emulator's CA where there is one, and stops at redirects.
func client(t *testing.T) *http.Client {
	t.Helper()
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if path := os.Getenv("JWKS_INTEROP_CA"); path != "" {
		pem, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM(pem) {
			t.Fatal("no certificate in ", path)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: roots}
	}
	return &http.Client{
		Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}
}

// world is a provider that was just discovered, at an emulator that was just reset.
type world struct {
	t        *testing.T
	ctx      context.Context
	http     *http.Client
	provider *oidc.Provider
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, http: client(t)}
	w.ctx = oidc.ClientContext(context.Background(), w.http)
	w.control("POST", "reset", nil)
	var err error
	if w.provider, err = oidc.NewProvider(w.ctx, issuer); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) control(method, path string, body any) map[string]any {
	w.t.Helper()
	text := []byte{}
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			w.t.Fatal(err)
		}
	}
	request, err := http.NewRequest(method, issuer+"/_emulate/"+path, bytes.NewReader(text))
	if err != nil {
		w.t.Fatal(err)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := w.http.Do(request)
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	answer := map[string]any{}
	if response.StatusCode/100 != 2 {
		w.t.Fatalf("%s %s: %s", method, path, response.Status)
	}
	if response.StatusCode != http.StatusNoContent {
		if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
			w.t.Fatal(err)
		}
	}
	return answer
}

func (w *world) rotate(mode string) {
	w.t.Helper()
	w.control("POST", "keys/rotate", map[string]string{"mode": mode})
}

func (w *world) mint(request map[string]any) string {
	w.t.Helper()
	return w.control("POST", "tokens", request)["token"].(string)
}

func idToken(algorithm string) map[string]any {
	return map[string]any{"subject": "alice", "audience": "client_web", "algorithm": algorithm}
}

var algorithms = []string{"ES256", "RS256", "PS256", "EdDSA"}

func (w *world) verifier() *oidc.IDTokenVerifier {
	return w.provider.Verifier(
		&oidc.Config{ClientID: "client_web", SupportedSigningAlgs: algorithms})
}

func (w *world) accepts(verifier *oidc.IDTokenVerifier, token string) {
	w.t.Helper()
	verified, err := verifier.Verify(w.ctx, token)
	if err != nil {
		w.t.Fatal(err)
	}
	if verified.Subject != "alice" || verified.Issuer != issuer {
		w.t.Fatalf("another token: %+v", verified)
	}
}

// acceptsAgain waits until the client has seen that its last fetch is over: until then another
// caller is given that one's result.
func (w *world) acceptsAgain(verifier *oidc.IDTokenVerifier, token string) {
	w.t.Helper()
	for range 500 {
		if _, err := verifier.Verify(w.ctx, token); err == nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	w.accepts(verifier, token)
}

func (w *world) refuses(verifier *oidc.IDTokenVerifier, token string) error {
	w.t.Helper()
	_, err := verifier.Verify(w.ctx, token)
	if err == nil {
		w.t.Fatal("accepted")
	}
	return err
}

func TestEveryAlgorithmBeforeAndAfterEachRotation(t *testing.T) {
	for _, algorithm := range algorithms {
		t.Run(algorithm, func(t *testing.T) {
			w := newWorld(t)
			verifier := w.verifier()
			old := w.mint(idToken(algorithm))
			w.accepts(verifier, old)
			w.rotate("announce")
			w.rotate("switch")
			w.accepts(verifier, w.mint(idToken(algorithm)))
			w.accepts(verifier, old)
			w.rotate("retire")
			w.refuses(w.verifierOfNewProvider(), old)
			w.rotate("republish")
			w.accepts(w.verifierOfNewProvider(), old)
			w.rotate("hard")
			w.accepts(verifier, w.mint(idToken(algorithm))) // an unknown kid makes it fetch
			w.refuses(verifier, old)
		})
	}
}

// verifierOfNewProvider has fetched nothing yet.
func (w *world) verifierOfNewProvider() *oidc.IDTokenVerifier {
	w.t.Helper()
	provider, err := oidc.NewProvider(w.ctx, issuer)
	if err != nil {
		w.t.Fatal(err)
	}
	return provider.Verifier(&oidc.Config{ClientID: "client_web", SupportedSigningAlgs: algorithms})
}

func TestSameKid(t *testing.T) {
	w := newWorld(t)
	old := w.mint(idToken("ES256"))
	w.accepts(w.verifier(), old)
	w.rotate("same_kid")
	w.refuses(w.verifierOfNewProvider(), old)
	// go-oidc fetches when a signature does not verify.
	w.accepts(w.verifier(), w.mint(idToken("ES256")))
}

func TestWrongTokens(t *testing.T) {
	w := newWorld(t)
	verifier := w.verifier()
	expired := idToken("ES256")
	expired["expires_in"] = -60
	var expiry *oidc.TokenExpiredError
	if err := w.refuses(verifier, w.mint(expired)); !errors.As(err, &expiry) {
		t.Fatal(err)
	}
	for name, claims := range map[string]map[string]any{
		"audience": {"aud": "client_other"},
		"issuer":   {"iss": "https://elsewhere.example"},
		"not yet":  {"nbf": 4102444800},
	} {
		t.Run(name, func(t *testing.T) {
			wrong := idToken("ES256")
			wrong["claims"] = claims
			w.refuses(verifier, w.mint(wrong))
		})
	}
}

func TestKeySetsThatAreWrong(t *testing.T) {
	// go-jose refuses the whole set for one unreadable key; it must not crash, and must recover.
	for _, kind := range []string{"empty_set", "bad_base64", "off_curve", "missing_kid", "html",
		"truncate", "wrong_content_length", "bad_chunking", "redirect_loop", "reset"} {
		t.Run(kind, func(t *testing.T) {
			w := newWorld(t)
			token := w.mint(idToken("ES256"))
			w.control("POST", "faults", map[string]any{"kind": kind, "path": "/.well-known/jwks.json"})
			verifier := w.verifier()
			w.refuses(verifier, token)
			w.control("DELETE", "faults", nil)
			w.acceptsAgain(verifier, token)
		})
	}
}

func TestClientCredentials(t *testing.T) {
	w := newWorld(t)
	for _, style := range []oauth2.AuthStyle{oauth2.AuthStyleInHeader, oauth2.AuthStyleInParams} {
		config := clientcredentials.Config{
			ClientID:     "client_worker",
			ClientSecret: "s3cret +%:&=/ü",
			TokenURL:     w.provider.Endpoint().TokenURL,
			AuthStyle:    style,
		}
		token, err := config.Token(w.ctx)
		if err != nil {
			t.Fatal(err)
		}
		verifier := w.provider.Verifier(
			&oidc.Config{ClientID: "orders-api", SupportedSigningAlgs: algorithms})
		if _, err := verifier.Verify(w.ctx, token.AccessToken); err != nil {
			t.Fatal(err)
		}
		if _, err := w.verifier().Verify(w.ctx, token.AccessToken); err == nil {
			t.Fatal("another audience was accepted")
		}
		config.ClientSecret = "wrong"
		var refused *oauth2.RetrieveError
		if _, err := config.Token(w.ctx); !errors.As(err, &refused) ||
			refused.ErrorCode != "invalid_client" {
			t.Fatal(err)
		}
	}
}

func (w *world) web() *oauth2.Config {
	return &oauth2.Config{
		ClientID:     "client_web",
		ClientSecret: "web-secret",
		Endpoint:     w.provider.Endpoint(),
		RedirectURL:  callback,
		Scopes:       []string{oidc.ScopeOpenID, "email", oidc.ScopeOfflineAccess},
	}
}

// visit follows the login page, which lets in the first user.
func (w *world) visit(authorization string) url.Values {
	w.t.Helper()
	response, err := w.http.Get(authorization)
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	location, err := response.Location()
	if err != nil {
		w.t.Fatal(response.Status, err)
	}
	return location.Query()
}

func TestCodeFlow(t *testing.T) {
	w := newWorld(t)
	web := w.web()
	verifier := oauth2.GenerateVerifier()
	answer := w.visit(web.AuthCodeURL(
		"of-mine", oidc.Nonce("once"), oauth2.S256ChallengeOption(verifier)))
	if answer.Get("state") != "of-mine" {
		t.Fatal("another state: ", answer)
	}
	token, err := web.Exchange(w.ctx, answer.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	text, _ := token.Extra("id_token").(string)
	verified, err := w.verifier().Verify(w.ctx, text)
	if err != nil {
		t.Fatal(err)
	}
	if verified.Nonce != "once" || verified.Subject != "user_alice" {
		t.Fatalf("another token: %+v", verified)
	}
	if err := verified.VerifyAccessToken(token.AccessToken); err != nil {
		t.Fatal(err)
	}
	user, err := w.provider.UserInfo(w.ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		t.Fatal(err)
	}
	if user.Subject != verified.Subject || user.Email != "alice@example.com" {
		t.Fatalf("another user: %+v", user)
	}
	refreshed, err := web.TokenSource(
		w.ctx, &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
	if err != nil {
		t.Fatal(err)
	}
	if refreshed.RefreshToken == token.RefreshToken {
		t.Fatal("the refresh token was not rotated")
	}
	if _, err := web.Exchange(w.ctx, answer.Get("code"), oauth2.VerifierOption(verifier)); err == nil {
		t.Fatal("a code was good twice")
	}
}

func TestCodeFlowWithAnotherVerifier(t *testing.T) {
	w := newWorld(t)
	web := w.web()
	answer := w.visit(web.AuthCodeURL("s", oauth2.S256ChallengeOption(oauth2.GenerateVerifier())))
	var refused *oauth2.RetrieveError
	_, err := web.Exchange(
		w.ctx, answer.Get("code"), oauth2.VerifierOption(oauth2.GenerateVerifier()))
	if !errors.As(err, &refused) || refused.ErrorCode != "invalid_grant" {
		t.Fatal(err)
	}
}

func TestTLSFaultsAreRefused(t *testing.T) {
	if os.Getenv("JWKS_INTEROP_CA") == "" {
		t.Skip("this run is without TLS")
	}
	w := newWorld(t)
	for _, kind := range []string{"tls_expired", "tls_wrong_host", "tls_self_signed"} {
		t.Run(kind, func(t *testing.T) {
			w.control("POST", "faults", map[string]any{"kind": kind, "count": 1})
			stranger := oidc.ClientContext(context.Background(), client(t)) // a new connection
			_, err := oidc.NewProvider(stranger, issuer)
			var certificate *tls.CertificateVerificationError
			if !errors.As(err, &certificate) {
				t.Fatal(err)
			}
			if _, err := oidc.NewProvider(stranger, issuer); err != nil {
				t.Fatal(err)
			}
		})
	}
}
