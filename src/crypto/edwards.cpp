// Arithmetic on the twisted Edwards curves a·x² + y² = 1 + d·x²·y² of RFC 8032. All inputs are
// public, so nothing here takes constant time. Formulas: dbl-2008-bbjlp and add-2008-bbjlp of the
// Explicit-Formulas Database; they have no exceptional cases, since a is a square and d is none.

#include "crypto/edwards.hpp"

#include <array>
#include <new>
#include <string>

#include "crypto/openssl.hpp"

namespace jwks {
inline namespace v0 {
namespace crypto {
namespace {

using MontgomeryPtr = std::unique_ptr<BN_MONT_CTX, Freer<&BN_MONT_CTX_free>>;

struct Curve {
  const char* p;
  bool a_is_minus_one;  // else a = 1
  const char* d;
  // The order of the group is 2^order_bits ± order_rest.
  int order_bits;
  bool order_rest_is_added;
  const char* order_rest;
};

// RFC 8032 §5.1.
constexpr Curve kEd25519{"7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed",
                         true,
                         "52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3",
                         252,
                         true,
                         "14def9dea2f79cd65812631a5cf5d3ed"};
// RFC 8032 §5.2; d = −39081.
constexpr Curve kEd448{
    "fffffffffffffffffffffffffffffffffffffffffffffffffffffffe"
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    false,
    "fffffffffffffffffffffffffffffffffffffffffffffffffffffffe"
    "ffffffffffffffffffffffffffffffffffffffffffffffffffff6756",
    446,
    false,
    "8335dc163bb124b65129c96fde933d8d723a70aadc873d6d54a7bb0d"};

/// OpenSSL's arithmetic on numbers of fixed size fails for want of memory alone.
void require(bool success) {
  if (!success) throw std::bad_alloc();
}

/// A number; 0 until it is set.
class Number {
 public:
  Number() { require(value_ != nullptr); }
  explicit Number(const char* hex) : Number() {
    BIGNUM* value = get();
    require(BN_hex2bn(&value, hex) > 0);
  }
  [[nodiscard]] BIGNUM* get() noexcept { return value_.get(); }
  [[nodiscard]] const BIGNUM* get() const noexcept { return value_.get(); }

 private:
  BignumPtr value_{BN_new()};
};

/// Arithmetic modulo p. Numbers that are multiplied are in Montgomery form; sums and differences
/// work in either.
class Field {
 public:
  explicit Field(const char* modulus) : p_(modulus) {
    require(context_ && montgomery_);
    require(ok(BN_MONT_CTX_set(montgomery_.get(), p_.get(), context_.get())));
  }

  [[nodiscard]] const BIGNUM* modulus() const noexcept { return p_.get(); }
  [[nodiscard]] BN_CTX* context() const noexcept { return context_.get(); }

  void enter(Number& x) const {
    require(ok(BN_to_montgomery(x.get(), x.get(), montgomery_.get(), context_.get())));
  }
  void leave(Number& x) const {
    require(ok(BN_from_montgomery(x.get(), x.get(), montgomery_.get(), context_.get())));
  }
  void add(Number& sum, const Number& x, const Number& y) const {
    require(ok(BN_mod_add_quick(sum.get(), x.get(), y.get(), p_.get())));
  }
  void subtract(Number& difference, const Number& x, const Number& y) const {
    require(ok(BN_mod_sub_quick(difference.get(), x.get(), y.get(), p_.get())));
  }
  void multiply(Number& product, const Number& x, const Number& y) const {
    require(ok(
        BN_mod_mul_montgomery(product.get(), x.get(), y.get(), montgomery_.get(), context_.get())));
  }

 private:
  Number p_;
  BnCtxPtr context_{BN_CTX_new()};
  MontgomeryPtr montgomery_{BN_MONT_CTX_new()};
};

/// Projective: (x/z, y/z). In Montgomery form.
struct Point {
  Number x, y, z;
};

class Group {
 public:
  explicit Group(const Curve& curve)
      : curve_(curve), field_(curve.p), d_(curve.d), one_("1"), order_rest_(curve.order_rest) {
    field_.enter(d_);
    field_.enter(one_);
  }

  /// RFC 8032 §5.1.3, §5.2.3. False if there is no such point, or if it has another encoding.
  bool decode(std::string_view encoded, Point& point) {
    std::string bytes(encoded);
    const bool x_is_odd = (static_cast<unsigned char>(bytes.back()) & 0x80) != 0;
    bytes.back() = static_cast<char>(static_cast<unsigned char>(bytes.back()) & 0x7f);
    require(BN_lebin2bn(reinterpret_cast<const unsigned char*>(bytes.data()),
                        static_cast<int>(bytes.size()), point.y.get()) != nullptr);
    if (BN_cmp(point.y.get(), field_.modulus()) >= 0) return false;
    field_.enter(point.y);
    if (!solve_for_x(point)) return false;
    if (BN_is_zero(point.x.get()) && x_is_odd) return false;
    if ((BN_is_odd(point.x.get()) == 1) != x_is_odd) {
      require(ok(BN_sub(point.x.get(), field_.modulus(), point.x.get())));
    }
    field_.enter(point.x);
    require(BN_copy(point.z.get(), one_.get()) != nullptr);
    return true;
  }

  /// Tells whether the group's order times `point` is the identity.
  bool is_in_prime_order_group(const Point& point) {
    Point multiple = copy_of(point);
    Point addend = copy_of(point);
    if (!curve_.order_rest_is_added) field_.subtract(addend.x, zero_, point.x);  // −point
    for (int bit = curve_.order_bits - 1; bit >= 0; --bit) {
      double_it(multiple);
      if (BN_is_bit_set(order_rest_.get(), bit) == 1) add(multiple, addend);
    }
    return is_identity(multiple);
  }

  [[nodiscard]] static bool is_identity(const Point& point) noexcept {
    return BN_is_zero(point.x.get()) && BN_cmp(point.y.get(), point.z.get()) == 0;
  }

 private:
  /// Sets x to one of the roots of (1 − y²) / (a − d·y²), not in Montgomery form.
  bool solve_for_x(Point& point) {
    Number y2, numerator, denominator;
    field_.multiply(y2, point.y, point.y);
    field_.subtract(numerator, one_, y2);
    field_.multiply(denominator, d_, y2);
    if (curve_.a_is_minus_one) {
      field_.add(denominator, denominator, one_);  // −(a − d·y²): the sign moves to the numerator
      field_.subtract(numerator, zero_, numerator);
    } else {
      field_.subtract(denominator, one_, denominator);
    }
    field_.leave(denominator);
    if (BN_mod_inverse(denominator.get(), denominator.get(), field_.modulus(), field_.context()) ==
        nullptr) {
      return false;
    }
    field_.multiply(numerator, numerator, denominator);  // leaves Montgomery form
    return BN_mod_sqrt(point.x.get(), numerator.get(), field_.modulus(), field_.context()) !=
           nullptr;
  }

  static Point copy_of(const Point& from) {
    Point to;
    require(BN_copy(to.x.get(), from.x.get()) != nullptr &&
            BN_copy(to.y.get(), from.y.get()) != nullptr &&
            BN_copy(to.z.get(), from.z.get()) != nullptr);
    return to;
  }

  void double_it(Point& p) {
    auto& [b, c, d, e, f, h, j, unused] = scratch_;
    field_.add(b, p.x, p.y);
    field_.multiply(b, b, b);  // b = (x + y)²
    field_.multiply(c, p.x, p.x);
    field_.multiply(d, p.y, p.y);
    times_a(e, c);
    field_.add(f, e, d);  // f = a·x² + y²
    field_.multiply(h, p.z, p.z);
    field_.subtract(j, f, h);
    field_.subtract(j, j, h);  // j = f − 2·z²
    field_.subtract(b, b, c);
    field_.subtract(b, b, d);  // b = 2·x·y
    field_.multiply(p.x, b, j);
    field_.subtract(e, e, d);
    field_.multiply(p.y, f, e);
    field_.multiply(p.z, f, j);
  }

  /// `q` has z = 1.
  void add(Point& p, const Point& q) {
    auto& [b, c, d, e, f, g, s, t] = scratch_;
    field_.multiply(b, p.z, p.z);
    field_.multiply(c, p.x, q.x);
    field_.multiply(d, p.y, q.y);
    field_.multiply(e, c, d);
    field_.multiply(e, e, d_);  // e = d·x₁·x₂·y₁·y₂
    field_.subtract(f, b, e);
    field_.add(g, b, e);
    field_.add(s, p.x, p.y);
    field_.add(t, q.x, q.y);
    field_.multiply(s, s, t);
    field_.subtract(s, s, c);
    field_.subtract(s, s, d);  // s = x₁·y₂ + y₁·x₂
    times_a(t, c);
    field_.subtract(d, d, t);  // d = y₁·y₂ − a·x₁·x₂
    field_.multiply(s, s, f);
    field_.multiply(p.x, s, p.z);
    field_.multiply(d, d, g);
    field_.multiply(p.y, d, p.z);
    field_.multiply(p.z, f, g);
  }

  void times_a(Number& product, const Number& x) const {
    if (curve_.a_is_minus_one) {
      field_.subtract(product, zero_, x);
    } else {
      field_.add(product, zero_, x);
    }
  }

  const Curve& curve_;
  Field field_;
  Number d_, one_, zero_, order_rest_;
  std::array<Number, 8> scratch_;
};

Error rejected(ErrorReason reason, std::string_view detail) noexcept {
  return Error(ErrorCode::key_rejected, reason).about("x").because(detail);
}

}  // namespace

Result<void> check_edwards_point(KeyKind kind, std::string_view encoded) {
  const ErrorQueueGuard guard;
  try {
    Group group(kind == KeyKind::ed448 ? kEd448 : kEd25519);
    Point point;
    if (!group.decode(encoded, point)) {
      return rejected(ErrorReason::point_not_on_curve, "not the encoding of a point of the curve");
    }
    if (Group::is_identity(point) || !group.is_in_prime_order_group(point)) {
      return rejected(ErrorReason::small_order, "not a point of the group of prime order");
    }
    return {};
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::out_of_memory);
  }
}

}  // namespace crypto
}  // namespace v0
}  // namespace jwks
