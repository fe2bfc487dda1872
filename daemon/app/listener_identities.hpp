#pragma once

#include "app/file_stamps.hpp"
#include "http/tls_identity.hpp"
#include "settings/settings.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace rollcall {

/// What a listener's settings make of it in `http/`.
http::tls_offer offer_of(const tls_settings& with);

/// What the listeners prove themselves with: by the settings, and by what is in the files now. Both
/// may change while they listen. One thread, that of the composition root.
class listener_identities {
public:
    /// Between two looks at the files. A change is taken over at the second look that shows it.
    static constexpr milliseconds between_looks{1'000};
    /// How long before its end a certificate is warned of, once a day.
    static constexpr milliseconds warned_before{std::chrono::hours{14 * 24}};

    /// Throws `std::invalid_argument` where OpenSSL refuses what is in the settings.
    explicit listener_identities(const settings& with);

    /// One for each of the settings' listeners, in their order; those without TLS are empty.
    const std::vector<std::shared_ptr<http::tls_identity>>& all() const { return identities_; }

    /// What other settings of the same listeners make of them. Changes nothing; throws as the
    /// constructor does.
    class prepared;
    prepared prepare(const settings& next) const;
    /// For connections from now on.
    void put_in_force(prepared next);
    /// Gives `with`, of the same listeners, what is in force now, as the files had it.
    void tell(settings& with) const;

    /// Looks at the files from now on, as long as `on` runs and this lives. What is faulty is
    /// logged and told to `remark` in one line, and the former pair stays; empty: nothing is faulty
    /// any more.
    void watch(boost::asio::io_context& on, std::function<void(std::string)> remark);
    /// One look, at a time. What `watch` does; for tests.
    void look(timestamp now);

private:
    /// One listener over TLS; null where one is not.
    struct watched {
        std::string address;
        tls_settings in_force;
        settled_change files;
        std::string fault = {};  ///< why what is in the files is not in force; empty: it is
    };

    static std::vector<std::unique_ptr<watched>> watched_of(const settings& with);
    void look_at(std::size_t listener, timestamp now);
    void refuse(watched& at, const std::string& what);
    void remark_faults();
    void tell_expiry(const watched& at, timestamp now) const;
    void wait();

    std::vector<std::shared_ptr<http::tls_identity>> identities_;
    std::vector<std::unique_ptr<watched>> listeners_;
    std::unique_ptr<boost::asio::steady_timer> timer_;
    std::function<void(std::string)> remark_ = [](const std::string&) {};
    timestamp warned_{};
};

/// Settings of listeners, and what has been made of them.
class listener_identities::prepared {
    friend class listener_identities;
    std::vector<std::unique_ptr<watched>> listeners;
    std::vector<http::tls_context> contexts;
};

}  // namespace rollcall
