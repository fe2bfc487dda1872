#pragma once

#include "providers/provider.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace rollcall::test {

/// A webhook with whatever headers. Names are given in lower case.
class posted_request final : public webhook_request {
public:
    posted_request(std::string content, headers with, std::string asked = {})
        : content_{std::move(content)}, fields_{std::move(with)}, asked_{std::move(asked)}
    {
        body = content_;
        query = asked_;
    }
    posted_request(const posted_request&) = delete;
    posted_request& operator=(const posted_request&) = delete;

    header_value header(std::string_view name) const override
    {
        header_value found;
        for (const auto& [key, value] : fields_)
            if (key == name && found.count++ == 0)
                found.text = value;
        return found;
    }
    headers headers_from(std::string_view prefix) const override
    {
        headers found;
        for (const auto& each : fields_)
            if (each.first.starts_with(prefix))
                found.push_back(each);
        return found;
    }

private:
    std::string content_;
    headers fields_;
    std::string asked_;
};

}  // namespace rollcall::test
