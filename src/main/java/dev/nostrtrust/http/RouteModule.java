package dev.nostrtrust.http;

/** A part of the API that mounts its operations. */
@FunctionalInterface
public interface RouteModule {
    void mount(Routes routes);
}
