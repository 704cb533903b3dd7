"""Conan 2 recipe of jwks-cpp: `conan create .`"""

import os
import re

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load, rmdir

required_conan_version = ">=2.0"


class JwksCppConan(ConanFile):
    name = "jwks-cpp"
    description = "JWT verification that survives key rotation, outages and hostile tokens"
    license = "Apache-2.0"
    topics = ("jwt", "jwks", "jose", "oidc", "oauth2")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {
        "shared": [True, False],
        "fPIC": [True, False],
        "verifier": [True, False],
        "emulator": [True, False],
        "programs": [True, False],
    }
    default_options = {
        "shared": False,
        "fPIC": True,
        "verifier": True,
        "emulator": False,
        "programs": False,
    }
    implements = ["auto_shared_fpic"]
    exports_sources = "CMakeLists.txt", "LICENSE", "cmake/*", "include/*", "src/*"

    def set_version(self):
        header = load(self, os.path.join(self.recipe_folder, "include", "jwks", "version.hpp"))
        self.version = re.search(r'JWKS_VERSION_STRING "([0-9.]+)"', header).group(1)

    def layout(self):
        cmake_layout(self)

    def validate(self):
        check_min_cppstd(self, 20)
        if self.options.programs and not (self.options.verifier and self.options.emulator):
            raise ConanInvalidConfiguration("programs needs verifier and emulator")

    def requirements(self):
        self.requires("openssl/[>=3.0 <4]")
        if self.options.verifier:
            self.requires("libcurl/[>=7.88 <9]")
        if self.options.emulator:
            # Compiled in: users of the package don't get to see it.
            self.requires("boost/[>=1.74 <2]", visible=False, libs=False)
            self.requires("zlib/[>=1.2.11 <2]")
        if self.options.programs:
            self.requires("cli11/[>=2.1 <3]", visible=False)
            self.requires("yaml-cpp/[>=0.7 <1]", visible=False)

    def build_requirements(self):
        self.tool_requires("cmake/[>=3.25 <5]")

    def generate(self):
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["JWKS_BUILD_VERIFIER"] = bool(self.options.verifier)
        toolchain.cache_variables["JWKS_BUILD_EMULATOR"] = bool(self.options.emulator)
        toolchain.cache_variables["JWKS_BUILD_PROGRAMS"] = bool(self.options.programs)
        toolchain.cache_variables["JWKS_BUILD_TESTS"] = False
        toolchain.cache_variables["JWKS_BUILD_EXAMPLES"] = False
        toolchain.generate()
        CMakeDeps(self).generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        CMake(self).install()
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        # Conan's generators write these for each consumer.
        rmdir(self, os.path.join(self.package_folder, "lib", "cmake"))
        rmdir(self, os.path.join(self.package_folder, "lib", "pkgconfig"))
        rmdir(self, os.path.join(self.package_folder, "share"))

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "jwks")
        self._component("core", requires=["openssl::crypto"])
        if self.options.verifier:
            self._component("verifier", requires=["core", "openssl::crypto", "libcurl::libcurl"])
        if self.options.emulator:
            self._component(
                "emulator",
                requires=["core", "openssl::ssl", "openssl::crypto", "zlib::zlib"],
            )

    def _component(self, name, requires):
        component = self.cpp_info.components[name]
        component.set_property("cmake_target_name", f"jwks::{name}")
        component.set_property("pkg_config_name", f"jwks-{name}")
        component.libs = [f"jwks_{name}"]
        component.requires = requires
        if name != "core":
            component.system_libs = ["pthread"]
