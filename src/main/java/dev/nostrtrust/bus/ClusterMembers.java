package dev.nostrtrust.bus;

import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.cluster.MembershipListener;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The members of the cluster as this node sees them: nodes and consumers. Logs a line for each change. Any thread. */
public final class ClusterMembers implements MembershipListener {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterMembers.class);

    private final AtomicInteger count = new AtomicInteger(1);

    /** The number of members, this node included; 1 without a cluster. */
    public int count() {
        return count.get();
    }

    @Override
    public void memberAdded(MembershipEvent event) {
        changed(event, "joined");
    }

    @Override
    public void memberRemoved(MembershipEvent event) {
        changed(event, "left");
    }

    private void changed(MembershipEvent event, String change) {
        int members = event.getMembers().size();
        count.set(members);
        LOG.info("cluster: {} {}, {} members", event.getMember().getAddress(), change, members);
    }
}
