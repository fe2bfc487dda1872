#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>

namespace rollcall::test {

/// A key and its certificate, as PEM.
struct identity {
    std::string certificate;
    std::string key;
};

/// A certificate authority of the test's own.
class authority {
public:
    authority();

    const std::string& certificate() const { return root_; }
    /// `names` as OpenSSL writes them: `DNS:attendee.test,IP:127.0.0.1`; empty: only the common
    /// name, `localhost`. Valid for a day, which ended `ago` days ago.
    identity issue(const std::string& names, int ago = 0) const;

private:
    std::shared_ptr<EVP_PKEY> key_;
    std::shared_ptr<X509> self_;
    std::string root_;
};

}  // namespace rollcall::test
