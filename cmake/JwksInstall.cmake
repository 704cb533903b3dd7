# Install rules: libraries, headers, programs, the CMake package `jwks` and pkg-config files. The
# result may be moved as a whole. Install components: core, verifier, emulator, programs.

include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/jwks")
# The way from a program's and a .pc file's folder to the others, so that nothing holds the prefix.
file(RELATIVE_PATH bin_to_lib "${CMAKE_INSTALL_FULL_BINDIR}" "${CMAKE_INSTALL_FULL_LIBDIR}")
set(pc_dir "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig")
foreach(place IN ITEMS PREFIX FULL_LIBDIR FULL_INCLUDEDIR)
  file(RELATIVE_PATH pc_to_${place} "${pc_dir}" "${CMAKE_INSTALL_${place}}")
  string(REGEX REPLACE "/$" "" pc_to_${place} "${pc_to_${place}}")
endforeach()

# jwks_install(<name> DESCRIPTION <text> REQUIRES <pkg-config modules of ours>
#              PRIVATE <pkg-config modules of others> [THREADS])
function(jwks_install name)
  cmake_parse_arguments(arg "THREADS" "DESCRIPTION" "REQUIRES;PRIVATE" ${ARGN})
  set(target jwks_${name})
  set(file_sets FILE_SET HEADERS COMPONENT ${name})
  if(name STREQUAL "core")
    list(APPEND file_sets FILE_SET opt_in_headers COMPONENT ${name})
  endif()
  install(TARGETS ${target} EXPORT jwks-${name}-targets
    LIBRARY COMPONENT ${name} NAMELINK_COMPONENT ${name}
    ARCHIVE COMPONENT ${name}
    ${file_sets})
  install(EXPORT jwks-${name}-targets
    NAMESPACE jwks:: DESTINATION ${package_dir} COMPONENT ${name})

  # A static library leaves its private parts to whoever links it.
  set(pc_name jwks-${name})
  set(pc_description "${arg_DESCRIPTION}")
  set(pc_library ${target})
  set(pc_requires ${arg_REQUIRES})
  set(pc_requires_private "")
  set(pc_threads "")
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "STATIC_LIBRARY")
    list(APPEND pc_requires ${arg_PRIVATE})
    if(arg_THREADS)
      set(pc_threads " -pthread")
    endif()
  else()
    set(pc_requires_private ${arg_PRIVATE})
  endif()
  list(JOIN pc_requires ", " pc_requires)
  list(JOIN pc_requires_private ", " pc_requires_private)
  configure_file("${PROJECT_SOURCE_DIR}/cmake/jwks.pc.in" ${pc_name}.pc @ONLY)
  install(FILES "${CMAKE_CURRENT_BINARY_DIR}/${pc_name}.pc"
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT ${name})
endfunction()

jwks_install(core
  DESCRIPTION "JWT verification: the pure core"
  PRIVATE "libcrypto >= 3.0")
if(TARGET jwks_verifier)
  jwks_install(verifier
    DESCRIPTION "JWT verification against an issuer's published keys"
    REQUIRES "jwks-core = ${PROJECT_VERSION}" PRIVATE libcurl "libcrypto >= 3.0" THREADS)
endif()
if(TARGET jwks_emulator)
  jwks_install(emulator
    DESCRIPTION "A token issuer on a loopback port, for tests"
    REQUIRES "jwks-core = ${PROJECT_VERSION}" PRIVATE "libssl >= 3.0" "libcrypto >= 3.0" zlib THREADS)
endif()

foreach(program IN ITEMS jwks jwks-emulator)
  if(TARGET ${program})
    set_target_properties(${program} PROPERTIES INSTALL_RPATH "\$ORIGIN/${bin_to_lib}")
    install(TARGETS ${program} RUNTIME COMPONENT programs)
  endif()
endforeach()
if(TARGET jwks)
  set(cli_dir "${PROJECT_SOURCE_DIR}/src/cli")
  install(FILES "${cli_dir}/jwks.1"
    DESTINATION "${CMAKE_INSTALL_MANDIR}/man1" COMPONENT programs)
  # Where each shell looks for what packages bring.
  install(FILES "${cli_dir}/completion/jwks.bash" RENAME jwks
    DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions" COMPONENT programs)
  install(FILES "${cli_dir}/completion/_jwks"
    DESTINATION "${CMAKE_INSTALL_DATADIR}/zsh/site-functions" COMPONENT programs)
  install(FILES "${cli_dir}/completion/jwks.fish"
    DESTINATION "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d" COMPONENT programs)
endif()
if(TARGET jwks_verifier)
  set_target_properties(jwks_verifier PROPERTIES INSTALL_RPATH "\$ORIGIN")
endif()

configure_package_config_file(
  "${PROJECT_SOURCE_DIR}/cmake/jwksConfig.cmake.in" jwksConfig.cmake
  INSTALL_DESTINATION ${package_dir} NO_SET_AND_CHECK_MACRO)
# Before 1.0 a minor release may change the interface.
write_basic_package_version_file(jwksConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES
    "${CMAKE_CURRENT_BINARY_DIR}/jwksConfig.cmake"
    "${CMAKE_CURRENT_BINARY_DIR}/jwksConfigVersion.cmake"
  DESTINATION ${package_dir} COMPONENT core)
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE"
  DESTINATION ${CMAKE_INSTALL_DATADIR}/licenses/jwks-cpp COMPONENT core)
