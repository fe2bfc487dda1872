#pragma once

#include "core/time.hpp"
#include "settings/settings.hpp"

#include <boost/system/result.hpp>

#include <string>
#include <vector>

namespace rollcall {

/// What is wrong with one of the files of a listener. Holds nothing of a key.
struct tls_fault {
    std::string setting;  ///< `certificate`, `key` or `client_ca`
    std::string what;     ///< what is wrong, and what would be right
};

/// Reads the files that `of` names, again or for the first time, and looks whether certificate and
/// key belong together and the certificate counts at `now`. What has no file stays as it is; what
/// is empty then is passed over, because it is at fault already.
boost::system::result<tls_settings, std::vector<tls_fault>> read_tls_files(
    tls_settings of, timestamp now
);

/// When a certificate in PEM, the first one of several, stops counting; the epoch where there is
/// none.
timestamp expiry_of(const std::string& certificate);

}  // namespace rollcall
