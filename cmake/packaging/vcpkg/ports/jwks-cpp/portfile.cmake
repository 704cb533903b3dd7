# An overlay port of the checkout that it lies in:
#   vcpkg install jwks-cpp --overlay-ports=cmake/packaging/vcpkg/ports
# A registry's copy replaces the next line by vcpkg_from_github() with the release's tag and hash.
get_filename_component(SOURCE_PATH "${CMAKE_CURRENT_LIST_DIR}/../../../../.." ABSOLUTE)

vcpkg_check_features(OUT_FEATURE_OPTIONS FEATURE_OPTIONS
  FEATURES
    verifier JWKS_BUILD_VERIFIER
    emulator JWKS_BUILD_EMULATOR
    tools    JWKS_BUILD_PROGRAMS)

vcpkg_cmake_configure(
  SOURCE_PATH "${SOURCE_PATH}"
  OPTIONS
    ${FEATURE_OPTIONS}
    -DJWKS_BUILD_TESTS=OFF
    -DJWKS_BUILD_EXAMPLES=OFF
    -DJWKS_INSTALL=ON)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(PACKAGE_NAME jwks CONFIG_PATH lib/cmake/jwks)
vcpkg_fixup_pkgconfig()
if("tools" IN_LIST FEATURES)
  vcpkg_copy_tools(TOOL_NAMES jwks jwks-emulator AUTO_CLEAN)
endif()

file(REMOVE_RECURSE
  "${CURRENT_PACKAGES_DIR}/debug/include"
  "${CURRENT_PACKAGES_DIR}/debug/share"
  "${CURRENT_PACKAGES_DIR}/share/licenses")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
