#pragma once

// What it costs to refuse a token, and what a JwksVerifier adds to the pure core.

#include "bench/crew.hpp"
#include "bench/table.hpp"
#include "bench/verifying.hpp"

namespace bench {

/// `refuse/…`: tokens that are refused before a key is used. `subject` has a real key source.
void register_refusals(Table& table, const Subject& subject);

/// `JwksVerifier over core/…`: of an accepted token of `hmac`, and of one of `subject` that is
/// refused after its key was found and before OpenSSL is asked. 60 ns can't be seen beside the
/// signature check of anything else.
void register_over_core(Table& table, Crew& crew, const Subject& hmac, const Subject& subject);

}  // namespace bench
