#include "kafka/record.hpp"

#include "kafka/client.hpp"

namespace rollcall {
namespace {

rd_kafka_message_t* native(void* message)
{
    return static_cast<rd_kafka_message_t*>(message);
}

std::string_view text(const void* data, std::size_t size)
{
    return data ? std::string_view{static_cast<const char*>(data), size} : std::string_view{};
}

}  // namespace

void consumed_record::destroy::operator()(void* message) const noexcept
{
    rd_kafka_message_destroy(native(message));
}

consumed_record::consumed_record(void* message) noexcept : message_{message} {}

std::string_view consumed_record::topic() const
{
    return rd_kafka_topic_name(native(message_.get())->rkt);
}

std::int32_t consumed_record::partition() const
{
    return native(message_.get())->partition;
}

std::int64_t consumed_record::offset() const
{
    return native(message_.get())->offset;
}

std::string_view consumed_record::key() const
{
    const auto& message = *native(message_.get());
    return text(message.key, message.key_len);
}

std::string_view consumed_record::value() const
{
    const auto& message = *native(message_.get());
    return text(message.payload, message.len);
}

bool consumed_record::is_tombstone() const
{
    return native(message_.get())->payload == nullptr;
}

timestamp consumed_record::at() const
{
    rd_kafka_timestamp_type_t type{};
    return timestamp{milliseconds{rd_kafka_message_timestamp(native(message_.get()), &type)}};
}

std::string_view consumed_record::header(const char* name) const
{
    rd_kafka_headers_t* all = nullptr;
    if (rd_kafka_message_headers(native(message_.get()), &all))
        return {};
    const void* value = nullptr;
    std::size_t size = 0;
    if (rd_kafka_header_get_last(all, name, &value, &size))
        return {};
    return text(value, size);
}

headers consumed_record::all_headers() const
{
    headers out;
    for_each_header([&](std::string_view name, std::string_view value) {
        out.emplace_back(name, value);
    });
    return out;
}

void consumed_record::visit_headers(
    void (*each)(void*, std::string_view, std::string_view), void* context
) const
{
    rd_kafka_headers_t* all = nullptr;
    if (rd_kafka_message_headers(native(message_.get()), &all))
        return;
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0; !rd_kafka_header_get_all(all, i, &name, &value, &size); ++i)
        each(context, name, text(value, size));
}

}  // namespace rollcall
