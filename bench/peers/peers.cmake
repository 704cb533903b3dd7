# Libraries that verify tokens too. Those that are installed join the table.

find_package(PkgConfig QUIET)

# jwks_bench_peer(<file> <definition> <target>)
function(jwks_bench_peer file definition target)
  target_sources(jwks_bench PRIVATE "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/${file}")
  target_compile_definitions(jwks_bench PRIVATE ${definition})
  target_link_libraries(jwks_bench PRIVATE ${target})
  message(STATUS "jwks_bench: ${target} joins the table")
endfunction()

if(PKG_CONFIG_FOUND)
  pkg_check_modules(cjose QUIET IMPORTED_TARGET cjose)
  if(cjose_FOUND)
    jwks_bench_peer(cjose.cpp JWKS_BENCH_CJOSE PkgConfig::cjose)
  endif()
  # Version 2 has another interface.
  pkg_check_modules(libjwt QUIET IMPORTED_TARGET "libjwt < 2")
  if(libjwt_FOUND)
    jwks_bench_peer(libjwt.cpp JWKS_BENCH_LIBJWT PkgConfig::libjwt)
  endif()
endif()

find_package(jwt-cpp CONFIG QUIET)
if(TARGET jwt-cpp::jwt-cpp)
  jwks_bench_peer(jwt_cpp.cpp JWKS_BENCH_JWT_CPP jwt-cpp::jwt-cpp)
endif()
