#include "jwks/multi_issuer_verifier.hpp"

// TODO(step 3, part E)
