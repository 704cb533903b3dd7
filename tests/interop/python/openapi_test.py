"""openapi-spec-validator: the description of the control endpoints is an OpenAPI document."""

import unittest

from openapi_spec_validator import OpenAPIV31SpecValidator

import emulator


class OpenApi(unittest.TestCase):
    def test_is_valid(self):
        document = emulator.control("GET", "openapi.json")
        self.assertTrue(document["openapi"].startswith("3.1."))
        self.assertEqual([str(each) for each in OpenAPIV31SpecValidator(document).iter_errors()], [])

    def test_every_operation_can_be_told_apart(self):
        document = emulator.control("GET", "openapi.json")
        ids = [
            operation["operationId"]
            for path in document["paths"].values()
            for method, operation in path.items()
            if method in ("get", "post", "put", "delete")
        ]
        self.assertGreater(len(ids), 10)
        self.assertEqual(len(ids), len(set(ids)))


if __name__ == "__main__":
    unittest.main()
