#include "simulator/base64.hpp"

#include <openssl/evp.h>

#include <stdexcept>

namespace rollcall::simulator {

std::string decode_base64(std::string_view text)
{
    std::string bytes(text.size() / 4 * 3, '\0');
    const int length = text.empty() || text.size() % 4 != 0
                           ? -1
                           : EVP_DecodeBlock(
                                 reinterpret_cast<unsigned char*>(bytes.data()),
                                 reinterpret_cast<const unsigned char*>(text.data()),
                                 static_cast<int>(text.size())
                             );
    if (length < 0)
        throw std::invalid_argument{"not base64"};
    const auto padding = text.ends_with("==") ? 2U : text.ends_with('=') ? 1U : 0U;
    bytes.resize(static_cast<std::size_t>(length) - padding);
    return bytes;
}

std::string encode_base64(std::string_view bytes)
{
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
    const int length = EVP_EncodeBlock(
        reinterpret_cast<unsigned char*>(text.data()),
        reinterpret_cast<const unsigned char*>(bytes.data()),
        static_cast<int>(bytes.size())
    );
    text.resize(static_cast<std::size_t>(length));
    return text;
}

}  // namespace rollcall::simulator
