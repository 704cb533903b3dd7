#pragma once

// The version, in one place: CMakeLists.txt, the packages and the programs read it from here.

#define JWKS_VERSION_MAJOR 0
#define JWKS_VERSION_MINOR 1
#define JWKS_VERSION_PATCH 0
#define JWKS_VERSION_STRING "0.1.0"
