#include "jose/header_memory.hpp"

#include <memory>
#include <new>

namespace jwks {
inline namespace v0 {
namespace jose {

KnownHeader::KnownHeader(std::string_view encoded, const Header& header, const Jwk& key)
    : encoded_(encoded),
      type_(header.type),
      key_id_(header.key_id),
      certificate_thumbprint_(header.certificate_thumbprint),
      header_{.algorithm = header.algorithm,
              .type = type_,
              .key_id = key_id_,
              .certificate_thumbprint = certificate_thumbprint_},
      key_(key) {}

HeaderMemory::~HeaderMemory() {
  for (const auto& header : headers_) delete header.load(std::memory_order_relaxed);
}

const KnownHeader* HeaderMemory::find(std::string_view encoded) const noexcept {
  for (const auto& slot : headers_) {
    const KnownHeader* const known = slot.load(std::memory_order_acquire);
    if (known == nullptr) break;
    if (known->encoded() == encoded) return known;
  }
  return nullptr;
}

void HeaderMemory::remember(std::string_view encoded, const Header& header,
                            const Jwk& key) noexcept {
  if (encoded.size() > kMaxEncodedBytes || headers_.back().load(std::memory_order_relaxed)) return;
  try {
    auto made = std::make_unique<const KnownHeader>(encoded, header, key);
    for (auto& slot : headers_) {
      const KnownHeader* there = nullptr;
      if (slot.compare_exchange_strong(there, made.get(), std::memory_order_acq_rel)) {
        static_cast<void>(made.release());
        return;
      }
      if (there->encoded() == encoded) return;  // another thread was first
    }
  } catch (const std::bad_alloc&) {  // NOLINT(bugprone-empty-catch): it is decoded again
  }
}

}  // namespace jose
}  // namespace v0
}  // namespace jwks
