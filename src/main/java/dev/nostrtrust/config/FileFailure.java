package dev.nostrtrust.config;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** Why a file or directory cannot be used, in words for the person who named it. Pure. */
public final class FileFailure {
    private FileFailure() {}

    /** The reason without the name of a Java class. Holds the file's name only if the system gives no other reason. */
    public static String reason(IOException failure) {
        if (failure instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (failure instanceof NoSuchFileException) {
            return "no such file or directory";
        }
        if (failure instanceof FileAlreadyExistsException || failure instanceof NotDirectoryException) {
            return "there is something that is no directory";
        }
        String said = failure instanceof FileSystemException file ? file.getReason() : failure.getMessage();
        return said == null ? failure.toString() : said;
    }

    /** A sentence that names the file if the failure does. */
    public static String sentence(IOException failure) {
        String file = failure instanceof FileSystemException system ? system.getFile() : null;
        return file == null ? reason(failure) : file + ": " + reason(failure);
    }
}
