#pragma once

#include "providers/provider.hpp"

#include <string>
#include <utility>
#include <vector>

namespace rollcall::test {

/// A webhook with whatever headers, named in lower case.
class sent_request final : public webhook_request {
public:
    sent_request(std::string_view content, headers fields) : fields_{std::move(fields)}
    {
        body = content;
    }

    header_value header(std::string_view name) const override
    {
        header_value found;
        for (const auto& [each, value] : fields_)
            if (each == name && found.count++ == 0)
                found.text = value;
        return found;
    }

    headers headers_from(std::string_view prefix) const override
    {
        headers found;
        for (const auto& field : fields_)
            if (field.first.starts_with(prefix))
                found.push_back(field);
        return found;
    }

private:
    headers fields_;
};

}  // namespace rollcall::test
