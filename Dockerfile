# syntax=docker/dockerfile:1
# What each step does stands in scripts of deploy/release, which run outside of containers as well: docs/deployment.md.
FROM maven:3.9-eclipse-temurin-25 AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/m2 \
    mvn -B -q package -Dmaven.repo.local=/m2 -Dmaven.test.skip=true && deploy/release/install /opt/nostr-trust

FROM eclipse-temurin:25-jre-noble AS runtime
# By number, so that Kubernetes sees that it is not root; with a name, because the training run's PostgreSQL asks for one.
RUN useradd --uid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin trust \
    && install -d -o 10001 -g 10001 -m 700 /data
COPY --from=build /opt/nostr-trust /opt/nostr-trust
WORKDIR /opt/nostr-trust
# Within a container of its own only those reach the management port whom the operator lets in. One core alone would make Java choose
# another collector than the cache was made with.
ENV MANAGEMENT_HOST=0.0.0.0 \
    DATA_DIR=/data \
    LANG=C.UTF-8 \
    JAVA_OPTS="-XX:InitialRAMPercentage=50 -XX:MaxRAMPercentage=50 -XX:+UseG1GC -XX:+ExitOnOutOfMemoryError"

# On the very Java that will use the cache, and not as root: PostgreSQL would refuse.
FROM runtime AS trained
RUN chown 10001 /opt/nostr-trust/lib
USER 10001:10001
RUN bin/make-aot-cache

FROM runtime
ARG VERSION=0.1.0-SNAPSHOT
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Nostr Trust Engine" \
      org.opencontainers.image.description="Login by Nostr key, and a trust tier that follows the work an identity has paid for." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
COPY --from=trained /opt/nostr-trust/lib/nostr-trust.aot /opt/nostr-trust/lib/nostr-trust.release /opt/nostr-trust/lib/
USER 10001:10001
EXPOSE 8080 9090
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=6s --start-period=60s --retries=3 CMD ["/opt/nostr-trust/bin/healthcheck"]
ENTRYPOINT ["/opt/nostr-trust/bin/nostr-trust"]
