"""Authlib: a client of the token endpoint and a relying party, on requests."""

import unittest
from urllib.parse import parse_qs, urlsplit

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet

import emulator


def metadata():
    return requests.get(f"{emulator.URL}/.well-known/openid-configuration", timeout=30).json()


def session(client, **more):
    return OAuth2Session(*client, **more)


class Authlib(unittest.TestCase):
    def setUp(self):
        emulator.reset()
        self.server = metadata()

    def test_client_credentials(self):
        for method in ["client_secret_basic", "client_secret_post"]:
            with self.subTest(method):
                # Authlib sends the halves of Basic as they are: the secret must need no encoding.
                client = ("client_worker", emulator.WORKER[1])
                if method == "client_secret_basic":
                    client = self.plain_client()
                machine = session(client, token_endpoint_auth_method=method)
                token = machine.fetch_token(
                    self.server["token_endpoint"], grant_type="client_credentials"
                )
                self.assertEqual(token["token_type"].lower(), "bearer")
                keys = KeySet.import_key_set(emulator.key_set())
                claims = jwt.decode(token["access_token"], keys).claims
                self.assertEqual(claims["sub"], client[0])
                self.assertEqual(claims["org_id"], "org_acme")

    def plain_client(self):
        """A second application, made over the management API."""
        answer = requests.post(
            f"{emulator.URL}/connect/applications",
            json={
                "name": "plain worker",
                "application_type": "m2m",
                "organization_id": "org_acme",
                "scopes": ["orders:read"],
            },
            headers={"Authorization": "Bearer sk_test_interop"},
            timeout=30,
        )
        self.assertEqual(answer.status_code, 201, answer.text)
        application = answer.json()
        secret = requests.post(
            f"{emulator.URL}/connect/applications/{application['id']}/client_secrets",
            json={},
            headers={"Authorization": "Bearer sk_test_interop"},
            timeout=30,
        )
        self.assertEqual(secret.status_code, 201, secret.text)
        return application["client_id"], secret.json()["secret"]

    def test_wrong_secret(self):
        machine = session(("client_worker", "wrong"))
        with self.assertRaises(OAuthError) as raised:
            machine.fetch_token(self.server["token_endpoint"], grant_type="client_credentials")
        self.assertEqual(raised.exception.error, "invalid_client")

    def log_in(self, browser, nonce, verifier):
        url, state = browser.create_authorization_url(
            self.server["authorization_endpoint"], code_verifier=verifier, nonce=nonce
        )
        location = emulator.visit(url)
        self.assertEqual(parse_qs(urlsplit(location).query)["state"], [state])
        return location, state

    def browser(self):
        return session(
            emulator.WEB,
            scope="openid email offline_access",
            redirect_uri=emulator.CALLBACK,
            code_challenge_method="S256",
        )

    def test_code_flow(self):
        browser = self.browser()
        nonce, verifier = generate_token(), generate_token(48)
        location, state = self.log_in(browser, nonce, verifier)
        token = browser.fetch_token(
            self.server["token_endpoint"],
            authorization_response=location,
            code_verifier=verifier,
            state=state,
        )
        keys = KeySet.import_key_set(emulator.key_set())
        decoded = jwt.decode(token["id_token"], keys)
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            options={"iss": {"values": [emulator.URL]}, "aud": {"value": emulator.WEB[0]}},
            params={
                "nonce": nonce,
                "client_id": emulator.WEB[0],
                "access_token": token["access_token"],
            },
        )
        claims.validate()
        self.assertEqual(claims["sub"], "user_alice")
        user = browser.get(self.server["userinfo_endpoint"]).json()
        self.assertEqual(user["email"], "alice@example.com")
        refreshed = browser.refresh_token(
            self.server["token_endpoint"], refresh_token=token["refresh_token"]
        )
        self.assertNotEqual(refreshed["access_token"], token["access_token"])
        with self.assertRaises(OAuthError) as raised:
            browser.refresh_token(
                self.server["token_endpoint"], refresh_token=token["refresh_token"]
            )
        self.assertEqual(raised.exception.error, "invalid_grant")

    def test_wrong_verifier(self):
        browser = self.browser()
        location, state = self.log_in(browser, generate_token(), generate_token(48))
        with self.assertRaises(OAuthError) as raised:
            browser.fetch_token(
                self.server["token_endpoint"],
                authorization_response=location,
                code_verifier=generate_token(48),
                state=state,
            )
        self.assertEqual(raised.exception.error, "invalid_grant")


if __name__ == "__main__":
    unittest.main()
