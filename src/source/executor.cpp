#include "jwks/executor.hpp"

namespace jwks {
inline namespace v0 {

Executor::~Executor() = default;

}  // namespace v0
}  // namespace jwks
