#pragma once

#include "providers/provider.hpp"

#include <optional>
#include <string>

namespace rollcall::test {

/// A webhook with no header but the signature's.
class delivered_request final : public webhook_request {
public:
    delivered_request(
        std::string_view content, std::optional<std::string> signature, std::size_t count = 1
    )
        : signature_{std::move(signature)}, count_{count}
    {
        body = content;
    }

    header_value header(std::string_view name) const override
    {
        if (name != "x-webhook-signature" || !signature_)
            return {};
        return {*signature_, count_};
    }

    headers headers_from(std::string_view) const override { return {}; }

private:
    std::optional<std::string> signature_;
    std::size_t count_;
};

}  // namespace rollcall::test
