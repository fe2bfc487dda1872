# docker build -t rollcall .        (or podman, or buildah; --build-arg BASE=... for another Debian 12 or 13)
ARG BASE=docker.io/library/debian:bookworm-slim

FROM $BASE AS build
WORKDIR /src
# The packages first: they change seldom.
COPY dev ./
RUN ./dev install build && rm -rf /var/lib/apt/lists/*
COPY CMakeLists.txt CMakePresets.json ./
COPY cmake cmake
COPY config config
COPY daemon daemon
COPY docs docs
COPY systemd systemd
RUN cmake --preset release -DROLLCALL_TESTS=OFF && cmake --build --preset release \
 && cmake --install build/release --prefix /usr --strip
# Which packages the program's libraries are in, whatever this Debian calls them.
RUN ldd /usr/bin/rollcall | sed -n 's:.* => .*/\([^ ]*\).*:*/\1:p' \
 | xargs dpkg-query --search | cut -d: -f1 | sort -u >/runtime-packages

FROM $BASE
COPY --from=build /runtime-packages /runtime-packages
RUN apt-get update \
 && xargs apt-get install -y --no-install-recommends ca-certificates </runtime-packages \
 && rm -rf /var/lib/apt/lists/* /runtime-packages \
 && groupadd --gid 10001 rollcall \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin rollcall \
 && install -d -o 10001 -g 10001 -m 0700 /var/lib/rollcall
COPY --from=build /usr/bin/rollcall /usr/bin/rollcall
COPY --from=build /usr/share/rollcall /usr/share/rollcall
USER 10001:10001
VOLUME ["/var/lib/rollcall"]
EXPOSE 8080 9464
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/rollcall"]
CMD ["serve"]
