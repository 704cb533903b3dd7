"""joserfc: tokens against the published key set, before and after each rotation."""

import unittest

from joserfc import jwt
from joserfc.errors import (
    BadSignatureError,
    ExpiredTokenError,
    InvalidClaimError,
    InvalidKeyIdError,
    JoseError,
)
from joserfc.jwk import KeySet

import emulator

ALGORITHMS = ["ES256", "RS256", "PS256", "Ed25519", "EdDSA"]
AUDIENCE = "orders-api"


def keys():
    return KeySet.import_key_set(emulator.key_set())


def verify(token, key_set):
    decoded = jwt.decode(token, key_set, algorithms=ALGORITHMS)
    registry = jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": emulator.URL},
        aud={"essential": True, "value": AUDIENCE},
        exp={"essential": True},
    )
    registry.validate(decoded.claims)
    return decoded.claims


def token(algorithm="ES256", **more):
    request = {"subject": "alice", "audience": AUDIENCE, "algorithm": algorithm, **more}
    return emulator.mint(**request)


class KeySets(unittest.TestCase):
    def setUp(self):
        emulator.reset()

    def test_every_algorithm(self):
        for algorithm in ["ES256", "RS256", "PS256", "EdDSA"]:
            with self.subTest(algorithm):
                self.assertEqual(verify(token(algorithm), keys())["sub"], "alice")

    def test_switch_keeps_old_tokens_and_retire_ends_them(self):
        old = token()
        emulator.rotate("switch")
        verify(old, keys())
        verify(token(), keys())
        emulator.rotate("retire")
        with self.assertRaises(InvalidKeyIdError):
            verify(old, keys())
        emulator.rotate("republish")
        verify(old, keys())

    def test_hard_ends_old_tokens_at_once(self):
        old = token()
        emulator.rotate("hard")
        with self.assertRaises(InvalidKeyIdError):
            verify(old, keys())
        verify(token(), keys())

    def test_same_kid_is_another_key(self):
        old = token()
        emulator.rotate("same_kid")
        with self.assertRaises(BadSignatureError):
            verify(old, keys())
        verify(token(), keys())

    def test_wrong_tokens(self):
        with self.assertRaises(ExpiredTokenError):
            verify(token(expires_in=-60), keys())
        with self.assertRaises(InvalidClaimError):
            verify(token(audience="other"), keys())
        with self.assertRaises(InvalidClaimError):
            verify(token(claims={"iss": "https://elsewhere.example"}), keys())
        head, _, signature = token().split(".")
        _, payload, _ = token(subject="mallory").split(".")
        with self.assertRaises(BadSignatureError):
            verify(f"{head}.{payload}.{signature}", keys())

    def test_key_sets_that_are_wrong(self):
        fresh = token()
        for kind, error in [
            ("unknown_kty", None),  # a key that it does not know is none of its business
            ("missing_kid", None),  # to joserfc such a key is called by its thumbprint
            ("off_curve", (JoseError, ValueError)),
            ("empty_set", (JoseError, ValueError)),
        ]:
            with self.subTest(kind):
                emulator.control("DELETE", "faults")
                emulator.control("POST", "faults", {"kind": kind})
                if error is None:
                    verify(fresh, keys())
                else:
                    with self.assertRaises(error):
                        verify(fresh, keys())
                emulator.control("DELETE", "faults")
                verify(fresh, keys())


if __name__ == "__main__":
    unittest.main()
